/** Whether a request is for us, and known: RFC 6733 sections 6.1.3 and 6.1.4, and the protocol errors of section 7.1.3. */
import type { Avp } from "../codec/avp.js";
import type { RawMessage } from "../codec/raw-message.js";
import {
  APPLICATION_UNSUPPORTED,
  COMMAND_UNSUPPORTED,
  INVALID_HDR_BITS,
  LOOP_DETECTED,
  REALM_NOT_SERVED,
  TOO_BUSY,
  UNABLE_TO_DELIVER,
} from "../codec/result-code.js";
import { RELAY_APPLICATION_ID } from "../peer/capabilities.js";
import { OwnIdentity, type RoutingAvps, scanRequest } from "../routing/scan.js";
import type { Handlers, ServedCommand } from "./handlers.js";
import type { Settings } from "./options.js";

/** The request is answered with this error. */
export class Refusal {
  readonly resultCode: number;
  readonly message: string;
  /** Somebody else may serve it: an agent passes it on. */
  readonly elsewhere: boolean;
  readonly failedAvp: Avp | undefined;
  /** `failedAvp` has not all of the AVP at fault. */
  readonly cut: boolean;

  constructor(resultCode: number, message: string, elsewhere = false, failedAvp?: Avp, cut = false) {
    this.resultCode = resultCode;
    this.message = message;
    this.elsewhere = elsewhere;
    this.failedAvp = failedAvp;
    this.cut = cut;
  }
}

export const BUSY = "too many requests are being served";

export class Admission {
  /** Of the request that was looked at last. */
  readonly found: RoutingAvps = {
    destinationHost: -1,
    destinationRealm: -1,
    hasProxyInfo: false,
    looped: false,
  };
  private readonly handlers: Handlers;
  private readonly self: OwnIdentity;
  private readonly realms: readonly OwnIdentity[];
  private readonly applications: ReadonlySet<number>;
  private readonly limits: Settings["limits"];

  constructor({ local, realms, applications, limits }: Settings, handlers: Handlers) {
    this.handlers = handlers;
    this.self = new OwnIdentity(local.originHost);
    this.realms = realms.map((realm) => new OwnIdentity(realm));
    this.applications = new Set([0, ...applications.map(({ id }) => id)]);
    this.limits = limits;
  }

  /**
   * Who serves the request, or why nobody does; "wait": as many of its connection are being served as there may be.
   *
   * @param inFlight requests of its connection that are being served
   */
  admit(raw: RawMessage, inFlight: number): ServedCommand | Refusal | "wait" {
    // Section 3: E "MUST NOT be set in request messages".
    if (raw.isError) return new Refusal(INVALID_HDR_BITS, "a request has no E bit");
    const { found, self, limits } = this;
    scanRequest(raw, self, found);
    // Our own name only: OpenSIPS sends Route-Record "server" in what it originates itself.
    if (found.looped) return new Refusal(LOOP_DETECTED, "a Route-Record has my own Origin-Host");
    if (found.destinationHost >= 0) {
      if (!self.is(raw, found.destinationHost))
        return new Refusal(UNABLE_TO_DELIVER, "I am not that Destination-Host, and no agent", true);
    } else if (found.destinationRealm >= 0 && !this.serves(raw, found.destinationRealm))
      return new Refusal(REALM_NOT_SERVED, "I do not serve that Destination-Realm", true);
    const commands = this.handlers.of(raw.applicationId);
    const served = commands?.get(raw.commandCode)?.of(raw);
    if (served instanceof Refusal) return served;
    if (served === undefined) {
      if (commands === undefined && !this.applications.has(raw.applicationId))
        return new Refusal(
          APPLICATION_UNSUPPORTED,
          `application ${raw.applicationId} is not supported`,
          // Section 2.4: the Relay application has no messages but CER and CEA.
          found.destinationHost < 0 && raw.applicationId !== RELAY_APPLICATION_ID,
        );
      const what = `command ${raw.commandCode} is not supported in application ${raw.applicationId}`;
      return new Refusal(COMMAND_UNSUPPORTED, what);
    }
    if (inFlight < limits.maxPending) return served;
    // Section 7.1.3: 3004 "MUST only be used when a specific server is requested".
    return found.destinationHost >= 0 ? new Refusal(TOO_BUSY, BUSY) : "wait";
  }

  private serves(raw: RawMessage, at: number): boolean {
    for (const realm of this.realms) if (realm.is(raw, at)) return true;
    return false;
  }
}
