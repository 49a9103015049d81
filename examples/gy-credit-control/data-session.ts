/** What a gateway knows of one data session: RFC 8506 section 5, the credit-control client. */
import { type Caller, outcomeOf } from "@diamgen/runtime";
import * as ro from "@diamgen/sdk/ro";

export interface Quota {
  readonly ratingGroup: number;
  /** Octets; 0 where nothing was granted. */
  readonly octets: bigint;
  readonly resultCode: number;
  /** Behind these there is nothing: the service ends with them. */
  readonly final: boolean;
}

export class DataSession {
  private readonly client: ro.Client;
  private readonly msisdn: string;
  private sessionId: string | undefined;
  private requestNumber = 0;

  constructor(node: Caller, msisdn: string) {
    this.client = ro.client(node);
    this.msisdn = msisdn;
  }

  /** CCR-I: asks for each of these services. */
  async begin(ratingGroups: readonly number[]): Promise<{ resultCode: number; quotas: readonly Quota[] }> {
    const services = ratingGroups.map((ratingGroup) => ({ ratingGroup, requestedServiceUnit: {} }));
    return this.ask(ro.CcRequestType.INITIAL_REQUEST, services);
  }

  /** CCR-U: this much of the service was used; more is wanted. */
  async use(ratingGroup: number, octets: bigint): Promise<Quota> {
    const service = { ratingGroup, usedServiceUnit: [{ ccTotalOctets: octets }], requestedServiceUnit: {} };
    const { quotas } = await this.ask(ro.CcRequestType.UPDATE_REQUEST, [service]);
    return quotas[0]!;
  }

  /** CCR-T: what is left to report. */
  async end(used: ReadonlyMap<number, bigint>): Promise<void> {
    const services = [...used].map(([ratingGroup, ccTotalOctets]) => ({
      ratingGroup,
      usedServiceUnit: [{ ccTotalOctets, reportingReason: ro.ReportingReason.FINAL }],
    }));
    await this.ask(ro.CcRequestType.TERMINATION_REQUEST, services);
  }

  private async ask(ccRequestType: ro.CcRequestType, services: readonly ro.MultipleServicesCreditControlInit[]) {
    const call = this.client.creditControl({
      // The node makes the Session-Id of the first request; the others belong to the same session.
      sessionId: this.sessionId,
      destinationRealm: "charging.test",
      serviceContextId: "32251@3gpp.org", // PS charging: TS 32.299 section 7.1.12
      ccRequestType,
      ccRequestNumber: this.requestNumber++,
      subscriptionId: [{ subscriptionIdType: ro.SubscriptionIdType.END_USER_E164, subscriptionIdData: this.msisdn }],
      multipleServicesIndicator: ro.MultipleServicesIndicator.MULTIPLE_SERVICES_SUPPORTED,
      multipleServicesCreditControl: services,
      terminationCause:
        ccRequestType === ro.CcRequestType.TERMINATION_REQUEST ? ro.TerminationCause.DIAMETER_LOGOUT : undefined,
    });
    const { resultCode: result, answer: cca } = await outcomeOf(call);
    this.sessionId ??= cca?.sessionId;
    const quotas = (cca?.multipleServicesCreditControl ?? []).map(
      ({ ratingGroup = 0, resultCode = result, grantedServiceUnit, finalUnitIndication }): Quota => ({
        ratingGroup,
        octets: grantedServiceUnit?.ccTotalOctets ?? 0n,
        resultCode,
        final: finalUnitIndication !== undefined,
      }),
    );
    return { resultCode: result, quotas };
  }
}
