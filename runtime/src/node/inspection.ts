/** What a node may be told to ask of requests beside what RFC 6733 makes it ask. */
import type { Avp } from "../codec/avp.js";
import { failedAvpOf } from "../codec/failed-avp.js";
import type { Decoded } from "../codec/message.js";
import type { RawMessage } from "../codec/raw-message.js";
import { INVALID_AVP_VALUE } from "../codec/result-code.js";
import { type ApplicationIds, applicationIdsIssue } from "../peer/application-ids.js";
import { AvpCode, readIdentity } from "../peer/base-avps.js";
import { sameIdentity } from "../peer/election.js";
import type { Peer } from "../peer/peer.js";
import { Refusal } from "./admission.js";
import { ChoiceFailed } from "./choice.js";
import type { ServedCommand } from "./handlers.js";
import type { Settings } from "./options.js";

/** `served`, or why it is not served after all. */
export function inspected(
  { inspect, originHosts, limits }: Settings,
  peer: Peer,
  raw: RawMessage,
  served: ServedCommand,
): ServedCommand | Refusal {
  const foreign = originHosts === "peer" ? foreignOrigin(peer, raw) : undefined;
  if (foreign !== undefined) {
    const failedAvp = failedAvpOf(foreign, limits.maxFailedAvpBytes);
    const message = "Origin-Host is not the peer's";
    return new Refusal(INVALID_AVP_VALUE, message, false, failedAvp, failedAvp !== foreign);
  }
  if (inspect === undefined) return served;
  try {
    const issue = inspect(raw);
    if (issue === undefined) return served;
    return new Refusal(issue.resultCode, issue.message, false, issue.failedAvp, issue.cut);
  } catch (error) {
    return new ChoiceFailed(served.command, error);
  }
}

/** Section 6.11: which application a Vendor-Specific-Application-Id means, one of its two ids says; where both or neither do, nobody. */
export function inOneApplication<T>(raw: RawMessage, decoded: Decoded<T>): Decoded<T> {
  if (!decoded.ok) return decoded;
  // Every generated class has it under this name, where its grammar has it.
  const { message } = decoded;
  const group = (message as { readonly vendorSpecificApplicationId?: ApplicationIds }).vendorSpecificApplicationId;
  if (group === undefined) return decoded;
  const issue = applicationIdsIssue(group, raw.find(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID) - raw.start);
  return issue === undefined ? decoded : { ok: false, message, issues: [issue] };
}

/** The Origin-Host of a request that its peer did not originate, where the peer is no relay. */
function foreignOrigin(peer: Peer, raw: RawMessage): Avp | undefined {
  const avp = peer.applications.relay ? undefined : raw.avp(AvpCode.ORIGIN_HOST);
  const originHost = avp && readIdentity(avp.data);
  // One that cannot be read, decoding will complain of.
  if (originHost === undefined || sameIdentity(originHost, peer.originHost ?? "")) return undefined;
  return avp;
}
