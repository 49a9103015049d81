/** Alice's user agent behind a SIP server of RFC 4740: it is challenged, and answers in SIP-Auth-Data-Item. */

import type { DiameterNode } from "@diamgen/runtime";
import * as sip from "@diamgen/sdk/sip";
import { computeHa1, expectedResponse, findDigestAlgorithm } from "../../../server/src/digest/index.js";
import { ALICE, SERVER } from "./support.js";

export const USER = `${ALICE.username}@${ALICE.domain}`;
export const AOR = `sip:${USER}`;
const URI = `sip:${ALICE.domain}`;

/** Sends the REGISTER of Alice by that node. */
export function asking(client: DiameterNode) {
  return (init: Partial<sip.MultimediaAuthRequestInit> = {}): Promise<sip.MultimediaAuthAnswer> =>
    sip.client(client).multimediaAuth({
      destinationRealm: SERVER.originRealm,
      authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
      sipAor: AOR,
      sipMethod: "REGISTER",
      userName: USER,
      ...init,
    });
}

export interface Answering {
  readonly password?: string;
  readonly nonceCount?: string;
  readonly qop?: string | undefined;
  readonly realm?: string;
  readonly body?: string;
}

/** What a user agent answers to a challenge. */
export function credentials(
  { digestNonce, digestAlgorithm, digestQoP }: sip.SipAuthenticate,
  { password = ALICE.password, nonceCount = "00000001", realm = ALICE.domain, ...more }: Answering = {},
): Partial<sip.MultimediaAuthRequestInit> {
  const algorithm = findDigestAlgorithm(digestAlgorithm);
  if (algorithm === undefined) throw new Error("no such algorithm");
  const qop = "qop" in more ? more.qop : digestQoP;
  const cnonce = qop === undefined ? undefined : "0a4f113b";
  const response = expectedResponse(algorithm, computeHa1(algorithm, ALICE.username, realm, password), {
    nonce: digestNonce,
    uri: URI,
    method: "REGISTER",
    ...(qop !== undefined && { qop, cnonce, nonceCount }),
    entityBodyHash: more.body,
  });
  return {
    sipNumberAuthItems: 1,
    sipAuthDataItem: {
      sipAuthenticationScheme: sip.SipAuthenticationScheme.DIGEST,
      sipAuthorization: {
        digestUsername: ALICE.username,
        digestRealm: realm,
        digestNonce,
        digestUri: URI,
        digestResponse: response,
        digestAlgorithm,
        digestMethod: "REGISTER",
        digestQoP: qop,
        digestCNonce: cnonce,
        digestNonceCount: qop === undefined ? undefined : nonceCount,
        digestEntityBodyHash: more.body,
      },
    },
  };
}

export function challengeOf(answer: sip.MultimediaAuthAnswer): sip.SipAuthenticate {
  const [item] = answer.sipAuthDataItem;
  if (item?.sipAuthenticate === undefined) throw new Error("no challenge");
  return item.sipAuthenticate;
}
