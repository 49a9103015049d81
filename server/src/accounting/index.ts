export { type AccountingRecord, AccountingRecordType } from "./accounting-record.js";
export { type AccountingAvp, type AvpJson, type AvpJsonValue, type AvpValue, toAvpJson } from "./avp-json.js";
export {
  contentHash,
  type IdentifiedContent,
  identityHash,
  isDuplicate,
  type Judgement,
  judge,
  type RecordContent,
  type StoredContent,
} from "./duplicates.js";
export { type AccountingRecordJson, fromRecordJson, toRecordJson } from "./record-json.js";
export { type AccountingRequestFields, type Receipt, toAccountingRecord } from "./to-record.js";
