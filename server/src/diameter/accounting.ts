import type { Context, ErrorAnswer } from "@diamgen/runtime";
import type { AccountingAnswer, AccountingAnswerInit, AccountingRequest } from "@diamgen/sdk/accounting";
import { AccountingRealtimeRequired, ResultCode, SessionId } from "@diamgen/sdk/base";
import type { AccountingOptions, AccountingRecorder, Delivered } from "../accounting/delivered.js";
import { type AccountingRecord, AccountingRecordType, toAccountingRecord } from "../accounting/index.js";
import { StoreError } from "../store/index.js";
import type { AvpRegistry } from "./avp-registry.js";

export interface AccountingHandlerOptions
  extends Pick<AccountingOptions, "interimIntervalSeconds" | "realtimeRequired"> {
  /** An AccountingStore, or an AccountingPipeline with sinks and spools. */
  readonly store: AccountingRecorder;
  readonly registry: AvpRegistry;
  /** The time by our clock, milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Called when the record is durable, before the answer. */
  readonly onRecord?: ((record: AccountingRecord, kept: Delivered) => void) | undefined;
  readonly onFailure?: ((record: AccountingRecord, error: unknown) => void) | undefined;
}

/**
 * Serves Accounting-Request (RFC 6733 section 9.7.1). DIAMETER_SUCCESS is answered only when the record is durable: the client deletes its copy
 * then (section 9.4), and OpenSIPS has none to begin with. A retransmission is answered the same and kept once.
 */
export function accounting(options: AccountingHandlerOptions) {
  const { store, registry, now = Date.now } = options;
  return async (
    request: AccountingRequest,
    context: Context<AccountingAnswer, AccountingAnswerInit>,
  ): Promise<AccountingAnswer | ErrorAnswer> => {
    // It identifies the record: nothing could be told from anything else (section 9.8.3).
    if (request.sessionId === "")
      return context.error(ResultCode.DIAMETER_INVALID_AVP_VALUE, { failedAvp: [SessionId.of("")] });
    const avps = registry.readAll(context.raw);
    const receipt = {
      receivedAt: new Date(now()),
      retransmitted: context.retransmitted,
      receivedFrom: context.peer.originHost,
    };
    const record = toAccountingRecord(request, avps, receipt);
    const { accountingRecordType, accountingRecordNumber, accountingSubSessionId } = request;
    // Sub-sessions may share their numbers: without theirs the client could not tell whose record is acknowledged (section 9.8.6).
    const which = { accountingRecordType, accountingRecordNumber, accountingSubSessionId };
    try {
      const kept = await store.record(record);
      options.onRecord?.(record, kept);
      const resultCode = ResultCode.DIAMETER_SUCCESS;
      return context.answer({ resultCode, ...which, ...sessionTerms(accountingRecordType, options) });
    } catch (error) {
      options.onFailure?.(record, error);
      const resultCode = isInvalid(error) ? ResultCode.DIAMETER_UNABLE_TO_COMPLY : ResultCode.DIAMETER_OUT_OF_SPACE;
      return context.answer({ resultCode, errorMessage: "the record could not be stored", ...which });
    }
  };
}

/**
 * Acct-Interim-Interval (RFC 6733 section 9.8.2) and Accounting-Realtime-Required (section 9.8.7) say how a session goes on, so they
 * are for those that have begun: an EVENT is over, and so is what a STOP ends.
 */
function sessionTerms(
  recordType: number,
  { interimIntervalSeconds, realtimeRequired }: AccountingHandlerOptions,
): Pick<AccountingAnswerInit, "acctInterimInterval" | "accountingRealtimeRequired"> {
  const goesOn = recordType === AccountingRecordType.START_RECORD || recordType === AccountingRecordType.INTERIM_RECORD;
  if (!goesOn) return {};
  return {
    acctInterimInterval: interimIntervalSeconds,
    accountingRealtimeRequired:
      realtimeRequired === undefined ? undefined : AccountingRealtimeRequired[realtimeRequired],
  };
}

/**
 * Whether the record can never be stored. In all other cases, whatever is wrong passes: the answer must be a transient failure, DIAMETER_OUT_OF_SPACE
 * ("unable to commit it to stable storage", RFC 6733 section 7.1.4). By section 8.2 a client keeps the record then, as where it could not send
 * it, and deletes it after any other failure.
 */
function isInvalid(error: unknown): boolean {
  return error instanceof StoreError && error.code === "STORE_INVALID";
}
