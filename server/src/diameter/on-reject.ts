/**
 * What a client that is refused gets. OpenSIPS 3.5 and later take any Multimedia-Auth-Answer for success, whatever it says; all that keeps
 * them from letting a wrong password in is no answer: after their timeout of 2 s they refuse.
 */

export type OnReject = "answer" | "silence";

/** To whom a rule applies: all that is given must fit. A rule without any applies to everybody. */
export interface OnRejectRule {
  /** Origin-Host, in any case of letters. */
  readonly peer?: string | undefined;
  /** Product-Name of the CER. */
  readonly productName?: string | undefined;
  /**
   * Firmware-Revision of the CER, this or greater. OpenSIPS sends the version of the freeDiameter library that it was built with (10201 for
   * 1.2.1), not its own: it tells versions of OpenSIPS apart only where the operator knows what is installed with which.
   */
  readonly leastFirmwareRevision?: number | undefined;
  readonly onReject: OnReject;
}

/** A peer, as far as it matters here. */
export interface RefusablePeer {
  readonly originHost: string | undefined;
  readonly productName?: string | undefined;
  readonly firmwareRevision?: number | undefined;
}

/** The first rule that fits decides; where none does, refusals are answered. */
export function onRejectFor(rules: readonly OnRejectRule[], peer: RefusablePeer): OnReject {
  return rules.find((rule) => fits(rule, peer))?.onReject ?? "answer";
}

function fits(rule: OnRejectRule, { originHost, productName, firmwareRevision }: RefusablePeer): boolean {
  if (rule.peer !== undefined && rule.peer.toLowerCase() !== originHost?.toLowerCase()) return false;
  if (rule.productName !== undefined && rule.productName !== productName) return false;
  const { leastFirmwareRevision: least } = rule;
  return least === undefined || (firmwareRevision !== undefined && firmwareRevision >= least);
}
