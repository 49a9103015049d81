export { type AccountingRecord, AccountingRecordType } from "./accounting-record.js";
export { type AccountingAvp, type AvpJson, type AvpJsonValue, type AvpValue, toAvpJson } from "./avp-json.js";
export { contentHash, isDuplicate, type RecordContent } from "./duplicates.js";
export { type AccountingRequestFields, type Receipt, toAccountingRecord } from "./to-record.js";
