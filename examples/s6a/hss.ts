/** A Home Subscriber Server: S6a, 3GPP TS 29.272. It authenticates phones, keeps in mind which MME serves them, and tells the one before. */
import { randomBytes } from "node:crypto";
import { DiameterNode, outcome } from "@diamgen/runtime";
import * as s6a from "@diamgen/sdk/s6a";
import { autnOf, kasmeOf, milenage, type SimKeys } from "./milenage.js";

/** Results of TS 29.272 section 7.4 are Experimental-Results of 3GPP. */
const THE_3GPP = 10415;
const USER_UNKNOWN = {
  vendorId: THE_3GPP,
  experimentalResultCode: s6a.ExperimentalResultCode.DIAMETER_ERROR_USER_UNKNOWN,
};

/** The separation bit of AMF: vectors for EPS, TS 33.401 section 6.1.1. */
const AMF = Uint8Array.of(0x80, 0x00);

export interface Subscriber {
  readonly imsi: string;
  readonly keys: SimKeys;
  /** Bits a second. */
  readonly maxUplink: number;
  readonly maxDownlink: number;
}

interface Entry extends Subscriber {
  sequence: number;
  /** Who serves it: Origin-Host and -Realm of its last Update-Location-Request. */
  mme?: { readonly host: string; readonly realm: string };
}

export class Hss {
  readonly node: DiameterNode;
  private readonly subscribers: ReadonlyMap<string, Entry>;
  private readonly tell: (line: string) => void;

  constructor(subscribers: readonly Subscriber[], tell: (line: string) => void) {
    this.subscribers = new Map(subscribers.map((one) => [one.imsi, { ...one, sequence: 0 }]));
    this.tell = (line) => tell(`HSS: ${line}`);
    this.node = new DiameterNode({
      originHost: "hss.home.test",
      originRealm: "home.test",
      applications: [s6a.application],
      listen: [{ host: "127.0.0.1", port: 0 }],
      accept: ["mme1.visited.test", "mme2.visited.test"],
    });
    s6a.serve(this.node, {
      authenticationInformation: (request, context) => {
        const { authSessionState, userName, visitedPlmnId } = request;
        const subscriber = this.subscribers.get(userName);
        if (subscriber === undefined) return context.answer({ authSessionState, experimentalResult: USER_UNKNOWN });
        const wanted = request.requestedEutranAuthenticationInfo?.numberOfRequestedVectors ?? 1;
        // TS 29.272 section 7.3.11: five at most.
        const eUtranVector = Array.from({ length: Math.min(wanted, 5) }, (_, i) => ({
          itemNumber: i + 1,
          ...this.vector(subscriber, visitedPlmnId),
        }));
        return context.answer({
          authSessionState,
          resultCode: s6a.ResultCode.DIAMETER_SUCCESS,
          authenticationInfo: { eUtranVector },
        });
      },
      updateLocation: (request, context) => {
        const { authSessionState, userName, originHost, originRealm } = request;
        const subscriber = this.subscribers.get(userName);
        if (subscriber === undefined) return context.answer({ authSessionState, experimentalResult: USER_UNKNOWN });
        const before = subscriber.mme;
        subscriber.mme = { host: originHost, realm: originRealm };
        this.tell(`${userName} is served by ${originHost}`);
        // TS 29.272 section 5.2.1.1.3: the MME before is told. The answer does not wait for it.
        if (before !== undefined && before.host !== originHost) void this.cancel(userName, before);
        return context.answer({
          authSessionState,
          resultCode: s6a.ResultCode.DIAMETER_SUCCESS,
          ulaFlags: 1, // Separation Indication: TS 29.272 section 7.3.8
          subscriptionData: {
            subscriberStatus: s6a.SubscriberStatus.SERVICE_GRANTED,
            ambr: {
              maxRequestedBandwidthUl: subscriber.maxUplink,
              maxRequestedBandwidthDl: subscriber.maxDownlink,
            },
          },
        });
      },
    });
  }

  /** A request from a server to its client: the same connection, the other way. */
  private async cancel(imsi: string, mme: { readonly host: string; readonly realm: string }): Promise<void> {
    try {
      const answer = await s6a.client(this.node).cancelLocation({
        authSessionState: s6a.AuthSessionState.NO_STATE_MAINTAINED,
        destinationHost: mme.host,
        destinationRealm: mme.realm,
        userName: imsi,
        cancellationType: s6a.CancellationType.MME_UPDATE_PROCEDURE,
      });
      this.tell(`${mme.host} answered the Cancel-Location-Request with ${outcome(answer).resultCode}`);
    } catch (error) {
      this.tell(`${mme.host} could not be told: ${(error as Error).message}`);
    }
  }

  private vector(subscriber: Entry, plmn: Uint8Array) {
    const rand = randomBytes(16);
    const sqn = Buffer.alloc(6);
    sqn.writeUIntBE(++subscriber.sequence << 5, 0, 6); // the lowest five bits are the index: TS 33.102 annex C
    const output = milenage(subscriber.keys, rand, sqn, AMF);
    return { rand, xres: output.res, autn: autnOf(output, sqn, AMF), kasme: kasmeOf(output, sqn, plmn) };
  }
}
