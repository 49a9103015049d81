/** How a request went, as its answer says: RFC 6733 sections 7.1 (Result-Code) and 7.6 (Experimental-Result). */

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

function isSuccess(resultCode: number): boolean {
  return resultCode >= 2000 && resultCode < 3000;
}
