/** Registrations as the configuration in force has them. */
import type { SipAccountingInformation } from "@diamgen/sdk/sip";
import type { Config } from "../config/schema/index.js";
import type { RegistrationOptions } from "../diameter/registration.js";

/** Asked anew for each request. */
export function registrationOf(current: () => Config): RegistrationOptions {
  return {
    get answerWithinMs() {
      return current().registration.answerWithinMs;
    },
    get requireUserName() {
      return current().registration.requireUserName;
    },
    get keepServers() {
      return current().registration.keepServers;
    },
    get sessions() {
      return current().registration.sessions;
    },
    get accountingInformation() {
      const { accountingInformation: configured } = current().registration;
      if (configured === undefined) return undefined;
      // The schema has parsed them.
      return {
        sipAccountingServerUri: configured.accountingServers as SipAccountingInformation["sipAccountingServerUri"],
        sipCreditControlServerUri:
          configured.creditControlServers as SipAccountingInformation["sipCreditControlServerUri"],
      };
    },
  };
}
