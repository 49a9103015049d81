/** An online charging server: prepaid octets, granted in portions. RFC 8506, with the AVPs of 3GPP (TS 32.299), which calls it Ro or Gy. */
import { DiameterNode } from "@diamgen/runtime";
import * as ro from "@diamgen/sdk/ro";

/** What one request is granted at most, in octets. */
const PORTION = 4_000_000n;

interface Session {
  readonly msisdn: string;
  /** Granted and not reported as used yet, by Rating-Group. */
  readonly reserved: Map<number, bigint>;
}

export class QuotaServer {
  readonly node: DiameterNode;
  /** Octets that are paid for and not used, by MSISDN; what is reserved is among them. */
  readonly balances: Map<string, bigint>;
  private readonly sessions = new Map<string, Session>();

  constructor(balances: Readonly<Record<string, bigint>>) {
    this.balances = new Map(Object.entries(balances));
    this.node = new DiameterNode({
      originHost: "ocs.charging.test",
      originRealm: "charging.test",
      applications: [ro.application],
      listen: [{ host: "127.0.0.1", port: 0 }],
      accept: ["pgw.access.test"],
      // A CCR that comes again after a failover is charged once: it gets its answer again.
      duplicates: true,
    });
    ro.serve(this.node, {
      creditControl: (ccr, context) => {
        const session = this.sessions.get(ccr.sessionId) ?? this.begin(ccr);
        if (session === "unknown user") return context.error(ro.ResultCode.DIAMETER_USER_UNKNOWN);
        if (session === "unknown session") return context.error(ro.ResultCode.DIAMETER_UNKNOWN_SESSION_ID);

        const services = ccr.multipleServicesCreditControl;
        for (const service of services) this.settle(session, service);
        const ended = ccr.ccRequestType === ro.CcRequestType.TERMINATION_REQUEST;
        if (ended) this.sessions.delete(ccr.sessionId);
        const grants = services.filter(({ requestedServiceUnit }) => requestedServiceUnit && !ended);
        const granted = grants.map(({ ratingGroup = 0 }) => this.grant(session, ratingGroup));

        // A session that begins without anything for any of its services does not begin.
        const { DIAMETER_SUCCESS, DIAMETER_CREDIT_LIMIT_REACHED } = ro.ResultCode;
        const nothing =
          ccr.ccRequestType === ro.CcRequestType.INITIAL_REQUEST &&
          granted.length > 0 &&
          granted.every(({ resultCode }) => resultCode === DIAMETER_CREDIT_LIMIT_REACHED);
        if (nothing) this.sessions.delete(ccr.sessionId);
        return context.answer({
          resultCode: nothing ? DIAMETER_CREDIT_LIMIT_REACHED : DIAMETER_SUCCESS,
          ccRequestType: ccr.ccRequestType,
          ccRequestNumber: ccr.ccRequestNumber,
          multipleServicesCreditControl: granted,
        });
      },
    });
  }

  private begin(ccr: ro.CreditControlRequest): Session | "unknown user" | "unknown session" {
    if (ccr.ccRequestType !== ro.CcRequestType.INITIAL_REQUEST) return "unknown session";
    const { END_USER_E164 } = ro.SubscriptionIdType;
    const msisdn = ccr.subscriptionId.find((id) => id.subscriptionIdType === END_USER_E164)?.subscriptionIdData;
    if (msisdn === undefined || !this.balances.has(msisdn)) return "unknown user";
    const session: Session = { msisdn, reserved: new Map() };
    this.sessions.set(ccr.sessionId, session);
    return session;
  }

  /** Takes what was used off the balance, and the reservation with it. */
  private settle(session: Session, { ratingGroup = 0, usedServiceUnit }: ro.MultipleServicesCreditControl): void {
    const used = usedServiceUnit.reduce((sum, { ccTotalOctets = 0n }) => sum + ccTotalOctets, 0n);
    this.balances.set(session.msisdn, this.balance(session.msisdn) - used);
    session.reserved.delete(ratingGroup);
  }

  private grant(session: Session, ratingGroup: number): ro.MultipleServicesCreditControlInit {
    const free = this.balance(session.msisdn) - this.reservedFor(session.msisdn);
    if (free <= 0n) return { ratingGroup, resultCode: ro.ResultCode.DIAMETER_CREDIT_LIMIT_REACHED };
    const last = free <= PORTION;
    const portion = last ? free : PORTION;
    session.reserved.set(ratingGroup, portion);
    return {
      ratingGroup,
      resultCode: ro.ResultCode.DIAMETER_SUCCESS,
      grantedServiceUnit: { ccTotalOctets: portion },
      // RFC 8506 section 8.34: there is nothing behind these.
      finalUnitIndication: last ? { finalUnitAction: ro.FinalUnitAction.TERMINATE } : undefined,
    };
  }

  private balance(msisdn: string): bigint {
    return this.balances.get(msisdn) ?? 0n;
  }

  private reservedFor(msisdn: string): bigint {
    let sum = 0n;
    for (const session of this.sessions.values())
      if (session.msisdn === msisdn) for (const portion of session.reserved.values()) sum += portion;
    return sum;
  }
}
