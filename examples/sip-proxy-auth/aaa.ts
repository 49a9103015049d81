/** What the registrar asks of the Diameter server: is this digest right (RFC 4740), and please keep this record (RFC 6733 section 9). */
import { type Caller, outcomeOf } from "@diamgen/runtime";
import * as accounting from "@diamgen/sdk/accounting";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";

export interface Registration {
  readonly user: string;
  readonly callId: string;
  readonly since: Date;
}

export class Aaa {
  private readonly node: Caller;
  private readonly realm: string;

  constructor(node: Caller, realm: string) {
    this.node = node;
    this.realm = realm;
  }

  /** By the parameters of an Authorization header. Rejects where nobody could say. */
  async verify(digest: Readonly<Record<string, string>>, method: string): Promise<"accepted" | "refused"> {
    const { username = "", realm = "", nonce = "", uri = "", response = "", qop, nc, cnonce, algorithm } = digest;
    const request: sip.MultimediaAuthRequestInit = {
      destinationRealm: this.realm,
      authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
      sipAor: `sip:${username}@${this.realm}`,
      sipMethod: method,
      userName: `${username}@${this.realm}`,
      sipAuthDataItem: {
        sipAuthenticationScheme: sip.SipAuthenticationScheme.DIGEST,
        sipAuthorization: {
          digestUsername: username,
          digestRealm: realm,
          digestNonce: nonce,
          digestUri: uri,
          digestResponse: response,
          digestMethod: method,
          digestAlgorithm: algorithm,
          digestQoP: qop,
          digestNonceCount: nc,
          digestCNonce: cnonce,
        },
      },
    };
    // A SIP client gives up after some seconds: so do we.
    const { ok, resultCode } = await outcomeOf(sip.client(this.node).multimediaAuth(request, { timeoutMs: 3_000 }));
    if (ok) return "accepted";
    switch (resultCode) {
      case sip.ResultCode.DIAMETER_AUTHENTICATION_REJECTED:
      case sip.ResultCode.DIAMETER_ERROR_USER_UNKNOWN:
      case sip.ResultCode.DIAMETER_ERROR_IDENTITIES_DONT_MATCH:
        return "refused";
      default:
        throw new Error(`the Diameter server answered ${resultCode}`);
    }
  }

  /** Resolves when the record is durable at the server. */
  async account({ user, callId, since }: Registration): Promise<void> {
    const now = new Date();
    const { ok, resultCode } = await outcomeOf(
      accounting.client(this.node).accounting({
        destinationRealm: this.realm,
        accountingRecordType: accounting.AccountingRecordType.EVENT_RECORD,
        accountingRecordNumber: 0,
        userName: `${user}@${this.realm}`,
        acctSessionId: Buffer.from(callId),
        eventTimestamp: now,
        avps: [
          opensips.SipMethodAvp.of(opensips.SipMethod.REGISTER),
          opensips.SipResponseCode.of(200),
          opensips.SipCallCreated.of(Math.floor(since.getTime() / 1000)),
          opensips.SipCallDuration.of(Math.round((now.getTime() - since.getTime()) / 1000)),
        ],
      }),
    );
    if (!ok) throw new Error(`the record was refused with ${resultCode}`);
  }
}
