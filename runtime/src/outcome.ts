/** How a request went, as its answer says: RFC 6733 sections 7.1 (Result-Code) and 7.6 (Experimental-Result). */
import type { ErrorAnswer } from "./codec/error-answer.js";
import { ErrorAnswerError } from "./errors.js";

/** Any answer of any command; one of the two is there. */
export interface AnswerWithResult {
  readonly resultCode?: number | undefined;
  readonly experimentalResult?: { readonly vendorId: number; readonly experimentalResultCode: number } | undefined;
}

export interface AnswerOutcome {
  /** 2xxx. Informational answers (1xxx) are no success: something more has to be done. */
  readonly ok: boolean;
  /** Result-Code or Experimental-Result-Code; 0 where the answer has neither. */
  readonly resultCode: number;
  /** Of an Experimental-Result: whose code it is. */
  readonly vendorId?: number | undefined;
}

/** Reads Result-Code or, where there is none, Experimental-Result. */
export function outcome({ resultCode, experimentalResult }: AnswerWithResult): AnswerOutcome {
  if (resultCode !== undefined || experimentalResult === undefined)
    return { ok: isSuccess(resultCode ?? 0), resultCode: resultCode ?? 0 };
  const { vendorId, experimentalResultCode } = experimentalResult;
  // Section 7.7: vendors follow the classes of Result-Code.
  return { ok: isSuccess(experimentalResultCode), resultCode: experimentalResultCode, vendorId };
}

export interface AnsweredOutcome<A> extends AnswerOutcome {
  /** By the command's grammar, whatever it says. */
  readonly answer: A;
  readonly error?: undefined;
}

export interface RefusedOutcome extends AnswerOutcome {
  readonly ok: false;
  /** Not by the command's grammar, but that of section 7.2: it has none of the command's AVPs. */
  readonly error: ErrorAnswer;
  readonly answer?: undefined;
}

/**
 * Waits for the answer of a call and reads its result, whichever form the peer chose to say no in: where the answer has the E bit or does not keep to the
 * command's grammar, `error` has it. Rejects as the call does where there is no answer, or one that nobody can read.
 *
 * ```ts
 * const { ok, resultCode, answer } = await outcomeOf(sip.client(node).multimediaAuth({ ... }));
 * ```
 */
export async function outcomeOf<A extends AnswerWithResult>(
  call: PromiseLike<A>,
): Promise<AnsweredOutcome<A> | RefusedOutcome> {
  try {
    const answer = await call;
    return { ...outcome(answer), answer };
  } catch (error) {
    if (!(error instanceof ErrorAnswerError)) throw error;
    return { ...outcome(error.answer), ok: false, error: error.answer };
  }
}

function isSuccess(resultCode: number): boolean {
  return resultCode >= 2000 && resultCode < 3000;
}
