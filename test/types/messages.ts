/** The classes and inits themselves: discriminants, optional properties, lists, 64-bit integers, AVP definitions. */
import type { AvpDefinition, Codec, Command } from "@diamgen/runtime";
import { type AccountingRequest, type AccountingRequestInit, accounting } from "@diamgen/sdk/accounting";
import type { CapabilitiesExchangeRequest } from "@diamgen/sdk/base";
import * as base from "@diamgen/sdk/base";
import * as sip from "@diamgen/sdk/sip";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Assert<T extends true> = T;

declare const mar: sip.MultimediaAuthRequest;
declare const uar: sip.UserAuthorizationRequest;
declare const acr: AccountingRequest;
declare const cer: CapabilitiesExchangeRequest;

// Aliases are the classes.
export type Aliases = [
  Assert<Equal<sip.MAR, sip.MultimediaAuthRequest>>,
  Assert<Equal<sip.MAA, sip.MultimediaAuthAnswer>>,
  Assert<Equal<sip.UAR, sip.UserAuthorizationRequest>>,
];

// `{ X }`, `[ X ]`, `* [ X ]`, `1* { X }`.
export type Properties = [
  Assert<Equal<sip.MAR["sipAor"], string>>,
  Assert<Equal<sip.MAR["userName"], string | undefined>>,
  Assert<Equal<sip.MAR["routeRecord"], readonly string[]>>,
  Assert<Equal<CapabilitiesExchangeRequest["hostIpAddress"][0], (typeof cer.hostIpAddress)[0]>>,
  Assert<Equal<AccountingRequest["accountingSubSessionId"], bigint | undefined>>,
  Assert<Equal<AccountingRequest["eventTimestamp"], Date | undefined>>,
  Assert<Equal<base.ProxyInfo["proxyState"], Uint8Array>>,
  Assert<Equal<sip.MAR["$command"], "sip.MultimediaAuthRequest">>,
];

export function allowed(): void {
  // A command is known by its name, and narrows.
  function name(message: sip.MAR | sip.UAR): string {
    return message.$command === "sip.MultimediaAuthRequest" ? message.sipMethod : message.destinationRealm;
  }
  use(name(mar), name(uar));

  // exactOptionalPropertyTypes: undefined may be written, and what is optional may be absent.
  const init: sip.MultimediaAuthRequestInit = {
    destinationRealm: "x",
    authSessionState: 0,
    sipAor: "x",
    sipMethod: "x",
    userName: undefined,
    destinationHost: undefined,
  };
  const accountingInit: AccountingRequestInit = acr;
  const codec: Codec<sip.MAR, sip.MultimediaAuthRequestInit> = sip.multimediaAuth.request;
  const command: Command<sip.MAR, sip.MultimediaAuthRequestInit, sip.MAA, sip.MultimediaAuthAnswerInit> =
    sip.multimediaAuth;
  use(init, accountingInit, codec, command);

  // A message can be changed before it is sent again.
  mar.userName = "alice";
  mar.userName = undefined;
  mar.routeRecord = [...mar.routeRecord, "x"];

  // Definitions are typed by their data format, groups by their class, enumerations by their values.
  const realm: AvpDefinition<string> = base.ErrorMessage;
  const state: AvpDefinition<base.AuthSessionState> = base.AuthSessionStateAvp;
  const group: AvpDefinition<base.ProxyInfo, base.ProxyInfoInit> = base.ProxyInfoAvp;
  use(realm, state, group.of({ proxyHost: "h", proxyState: new Uint8Array(0) }), group.find(mar)?.proxyHost);
  const first: string = cer.hostIpAddress[0] as string;
  use(first);
}

export function refused(): void {
  // @ts-expect-error: a UAR is not a MAR, though it has nearly the same fields
  const one: sip.MAR = uar;
  // @ts-expect-error: neither is a MAR of another application's shape
  const two: AccountingRequest = mar;
  // @ts-expect-error: the codec of another command
  const codec: Codec<sip.UAR, sip.UserAuthorizationRequestInit> = sip.multimediaAuth.request;
  // @ts-expect-error: the init of another command
  const init: sip.UserAuthorizationRequestInit = mar;
  // @ts-expect-error: a number for an Unsigned64
  const small: AccountingRequestInit = { ...acr, accountingSubSessionId: 5 };
  // @ts-expect-error: a number for a Time
  const time: AccountingRequestInit = { ...acr, eventTimestamp: 0 };
  // @ts-expect-error: `1* { Host-IP-Address }` is not empty
  const none: base.CapabilitiesExchangeRequestInit = { ...cer, hostIpAddress: [] };
  // @ts-expect-error: a definition's value has its type
  base.ErrorMessage.of(5);
  // @ts-expect-error: in a group too
  base.ProxyInfoAvp.of({ proxyHost: "h" });
  // @ts-expect-error: a required property cannot be undefined
  mar.sipAor = undefined;
  // @ts-expect-error: enumerations have numbers, not names
  mar.authSessionState = "STATE_MAINTAINED";
  // @ts-expect-error: the values of an enumeration are not changed
  base.AuthSessionState.STATE_MAINTAINED = 5;
  // @ts-expect-error: there is no such value
  use(base.AuthSessionState.SOME_STATE_MAINTAINED);
  // @ts-expect-error: accounting is no command of sip
  use(sip.accounting);
  use(one, two, codec, init, small, time, none, accounting);
}

declare function use(...values: unknown[]): void;
