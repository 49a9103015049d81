/** A Mobility Management Entity, as far as S6a goes: it attaches phones, and detaches them when the HSS says that they are elsewhere. */
import { DiameterNode, outcomeOf } from "@diamgen/runtime";
import * as s6a from "@diamgen/sdk/s6a";

/** PLMN 001/01, a test network, as Visited-PLMN-Id: TS 29.272 section 7.3.9. */
export const PLMN = Uint8Array.of(0x00, 0xf1, 0x10);

/** Bits of ULR-Flags, TS 29.272 section 7.3.7: S6a/S6d-Indicator, Initial-Attach-Indicator. */
const S6A_AND_INITIAL_ATTACH = (1 << 1) | (1 << 5);

/** What the MME asks of a phone: RES, for this RAND and AUTN. */
export type Phone = (rand: Uint8Array, autn: Uint8Array) => Uint8Array;

export class Mme {
  readonly node: DiameterNode;
  readonly attached = new Set<string>();
  private readonly tell: (line: string) => void;

  constructor(name: string, hss: { readonly host: string; readonly port: number }, tell: (line: string) => void) {
    this.tell = (line) => tell(`${name.toUpperCase()}: ${line}`);
    this.node = new DiameterNode({
      originHost: `${name}.visited.test`,
      originRealm: "visited.test",
      applications: [s6a.application],
      peers: [{ ...hss, originHost: "hss.home.test" }],
    });
    s6a.serve(this.node, {
      cancelLocation: ({ userName, authSessionState }, context) => {
        this.attached.delete(userName);
        this.tell(`${userName} is detached, it is served elsewhere`);
        return context.answer({ authSessionState, resultCode: s6a.ResultCode.DIAMETER_SUCCESS });
      },
    });
  }

  /** True where the phone is attached afterwards. */
  async attach(imsi: string, phone: Phone): Promise<boolean> {
    const hss = s6a.client(this.node);
    const common = {
      authSessionState: s6a.AuthSessionState.NO_STATE_MAINTAINED,
      destinationRealm: "home.test",
      userName: imsi,
      visitedPlmnId: PLMN,
    };
    const call = hss.authenticationInformation({
      ...common,
      requestedEutranAuthenticationInfo: { numberOfRequestedVectors: 1 },
    });
    const { ok, resultCode, vendorId, answer: aia } = await outcomeOf(call);
    const vector = aia?.authenticationInfo?.eUtranVector[0];
    if (!ok || vector === undefined) {
      this.tell(`${imsi} is refused: ${resultCode}${vendorId === undefined ? "" : ` of vendor ${vendorId}`}`);
      return false;
    }
    if (!Buffer.from(phone(vector.rand, vector.autn)).equals(vector.xres)) {
      this.tell(`${imsi} is refused: the response of its SIM is wrong`);
      return false;
    }
    const { ok: attached, answer: ula } = await outcomeOf(
      hss.updateLocation({ ...common, ratType: s6a.RatType.EUTRAN, ulrFlags: S6A_AND_INITIAL_ATTACH }),
    );
    if (!attached) return false;
    this.attached.add(imsi);
    const { maxRequestedBandwidthDl } = ula?.subscriptionData?.ambr ?? {};
    this.tell(`${imsi} is attached, ${maxRequestedBandwidthDl} bit/s downlink`);
    return true;
  }
}
