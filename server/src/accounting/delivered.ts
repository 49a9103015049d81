/** Accounting with sinks and spools, for programs: what `accounting/index.ts` has is plain data, and databases build on it. */

export {
  type CheckedDelivery,
  type Delivered,
  Delivery,
  type DeliveryEvent,
  type DeliveryHealth,
  type DeliveryOptions,
  NO_SPOOL,
} from "./delivery.js";
export type {
  AccountingOptions,
  FileSinkOptions,
  NatsSinkOptions,
  SinkOptions,
  SpoolOptions,
  SqlSinkOptions,
} from "./options.js";
export { AccountingPipeline, type AccountingRecorder, type PipelineContext } from "./pipeline.js";
export { FileSink, type FileSinkConfig } from "./sinks/file-sink.js";
export { accLog, csv, jsonLines, type LineFormat } from "./sinks/line-formats.js";
export { NatsSink } from "./sinks/nats-sink.js";
export type { Sink } from "./sinks/sink.js";
export { SqlSink } from "./sinks/sql-sink.js";
export { SpoolFolder } from "./spool/spool-folder.js";
export { type Cursor, type SpoolBatch, SpoolQueue, type SpoolQueueOptions } from "./spool/spool-queue.js";
