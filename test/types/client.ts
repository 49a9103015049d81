/** What a client of an application may say, and what does not compile. tsc reports a `@ts-expect-error` that nothing needs. */
import type { Caller } from "@diamgen/runtime";
import { call } from "@diamgen/runtime";
import { AuthSessionState } from "@diamgen/sdk/base";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";

declare const node: Caller;
declare const maybe: string | undefined;

const init = {
  destinationRealm: "example.net",
  authSessionState: AuthSessionState.NO_STATE_MAINTAINED,
  sipAor: "sip:alice@example.net",
  sipMethod: "REGISTER",
};

export async function allowed(): Promise<void> {
  const client = sip.client(node);

  // What the grammar requires and the node does not fill in, and nothing else.
  const maa: sip.MultimediaAuthAnswer = await client.multimediaAuth({
    destinationRealm: "example.net",
    authSessionState: AuthSessionState.NO_STATE_MAINTAINED,
    sipAor: "sip:alice@example.net",
    sipMethod: "REGISTER",
  });

  // What the node fills in may be given; optional AVPs may be undefined; groups nest as plain objects.
  await client.multimediaAuth(
    {
      ...init,
      sessionId: "mine;1;2",
      originHost: "me.example.net",
      userName: maybe,
      sipAuthDataItem: { sipAuthenticationScheme: sip.SipAuthenticationScheme.DIGEST, sipAuthorization: undefined },
      routeRecord: ["a.example.net"],
      avps: [opensips.SipResponseCode.of(200)],
    },
    { signal: AbortSignal.abort(), timeoutMs: 2000 },
  );

  // One command alone, in the form that bundlers can shake.
  const same: sip.MAA = await call(node, sip.multimediaAuth, init);

  // A decoded message is an init, and so is a spread of one.
  const mar: sip.MAR = sip.multimediaAuth.request.create(init, { sessionId: "", originHost: "", originRealm: "" });
  await client.multimediaAuth(mar);
  await client.multimediaAuth({ ...mar, sipMethod: "INVITE" });

  // Fields that the grammar requires are there, others may be undefined, lists are there always.
  const state: number = maa.authSessionState;
  const code: number | undefined = maa.resultCode;
  const items: readonly sip.SipAuthDataItem[] = same.sipAuthDataItem;
  const score: number | undefined = opensips.SipResponseCode.find(maa);
  use(state, code, items, score);

  // Enumerations are open: names for what is known, any number for what is not.
  await client.multimediaAuth({ ...init, authSessionState: 42 });
  const known: sip.AuthSessionState = AuthSessionState.STATE_MAINTAINED;
  const other: sip.AuthSessionState = 17;
  use(known, other);
}

export async function refused(): Promise<void> {
  const client = sip.client(node);

  // A missing required AVP.
  // @ts-expect-error: SIP-AOR is missing
  await client.multimediaAuth({ destinationRealm: "example.net", authSessionState: 1, sipMethod: "REGISTER" });
  // @ts-expect-error: SIP-AOR may be undefined
  await client.multimediaAuth({ ...init, sipAor: maybe });
  // @ts-expect-error: everything is missing
  await client.multimediaAuth({});
  // @ts-expect-error: no init at all
  await client.multimediaAuth();
  // @ts-expect-error: in a group, SIP-Authentication-Scheme is missing
  await client.multimediaAuth({ ...init, sipAuthDataItem: { sipItemNumber: 1 } });

  // A wrong type.
  // @ts-expect-error: a number for a UTF8String
  await client.multimediaAuth({ ...init, sipAor: 5 });
  // @ts-expect-error: the name of a value for an Enumerated
  await client.multimediaAuth({ ...init, authSessionState: "NO_STATE_MAINTAINED" });
  // @ts-expect-error: one value for a list
  await client.multimediaAuth({ ...init, routeRecord: "a.example.net" });
  // @ts-expect-error: a list for one value
  await client.multimediaAuth({ ...init, sipAuthDataItem: [] });
  // @ts-expect-error: null is not undefined
  await client.multimediaAuth({ ...init, userName: null });
  // @ts-expect-error: a bare object for an AVP
  await client.multimediaAuth({ ...init, avps: [{ code: 1, value: "x" }] });
  // @ts-expect-error: a text for the Unsigned32 of Sip-Response-Code
  opensips.SipResponseCode.of("200");

  // An AVP that the grammar does not have, and an excess property.
  // @ts-expect-error: Digest-Realm belongs into a group
  await client.multimediaAuth({ ...init, digestRealm: "example.net" });
  // @ts-expect-error: a slip of the pen
  await client.multimediaAuth({ ...init, userNmae: "alice" });
  // @ts-expect-error: an excess property in a group
  await client.multimediaAuth({ ...init, sipAuthDataItem: { sipAuthenticationScheme: 0, digestRealm: "x" } });

  // Another command.
  // @ts-expect-error: there is no such command
  await client.multimediaAuthorization(init);
  // @ts-expect-error: the answer of another command
  const lia: sip.LocationInfoAnswer = await client.multimediaAuth(init);
  // @ts-expect-error: the request of another command is no init, although it has all that is required
  await client.locationInfo(sip.multimediaAuth.request.create(init, fill));
  // @ts-expect-error: a spread of another command's request neither
  await client.locationInfo({ ...sip.multimediaAuth.request.create(init, fill) });
  // @ts-expect-error: an answer is no request
  await client.multimediaAuth(await client.multimediaAuth(init));

  const maa = await client.multimediaAuth(init);
  // @ts-expect-error: the answer's class has no SIP-Method
  use(maa.sipMethod);
  // @ts-expect-error: Result-Code may be undefined in a LIA of RFC 4740
  const userName: string = maa.userName;
  // @ts-expect-error: a received list is read-only
  maa.routeRecord.push("x");
  // @ts-expect-error: an option that does not exist
  await client.multimediaAuth(init, { timeout: 5 });
  use(lia, userName);
}

declare const fill: { sessionId: string; originHost: string; originRealm: string };
declare function use(...values: unknown[]): void;
