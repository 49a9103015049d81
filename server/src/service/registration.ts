/** Registrations as the configuration in force has them. */
import type { DiameterURI } from "@diamgen/runtime/codec";
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
    get accountingInformation() {
      const { accountingInformation: configured } = current().registration;
      if (configured === undefined) return undefined;
      // The schema has parsed them.
      return {
        sipAccountingServerUri: configured.accountingServers as readonly DiameterURI[],
        sipCreditControlServerUri: configured.creditControlServers as readonly DiameterURI[],
      };
    },
  };
}
