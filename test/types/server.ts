/** What a server of an application gets and must give. */
import type { Context, ErrorAnswer, Handler, Server } from "@diamgen/runtime";
import { AuthSessionState, ResultCode } from "@diamgen/sdk/base";
import * as sip from "@diamgen/sdk/sip";

declare const node: Server;
declare const maybe: string | undefined;

type Answer = sip.MultimediaAuthAnswer | ErrorAnswer;

export function allowed(): void {
  sip.serve(node, {
    // The types of both come from the command.
    multimediaAuth: async (mar, context) => {
      const aor: string = mar.sipAor;
      const name: string | undefined = mar.userName;
      const digest: sip.SipAuthorization | undefined = mar.sipAuthDataItem?.sipAuthorization;
      if (name === undefined)
        return context.error(ResultCode.DIAMETER_USER_NAME_REQUIRED, { errorMessage: `no User-Name for ${aor}` });
      return context.answer({
        resultCode: digest === undefined ? 1001 : 2001,
        authSessionState: AuthSessionState.NO_STATE_MAINTAINED,
        userName: maybe,
        sipAuthDataItem: mar.sipAuthDataItem === undefined ? [] : [mar.sipAuthDataItem],
        redirectHost: undefined,
      });
    },
    // Without a promise too.
    locationInfo: (_lir, context) => context.error(3002),
    serverAssignment: undefined,
  });
  sip.serve(node, {});
  node.handle(sip.multimediaAuth, (_mar, context) => context.answer({ resultCode: 2001, authSessionState: 1 }));

  const handler: Handler<typeof sip.multimediaAuth> = (mar, context) =>
    context.answer({ resultCode: 2001, authSessionState: mar.authSessionState });
  sip.serve(node, { multimediaAuth: handler });
}

export function refused(): void {
  sip.serve(node, {
    // @ts-expect-error: Auth-Session-State is missing in the answer
    multimediaAuth: (_mar, context) => context.answer({ resultCode: 2001 }),
  });
  sip.serve(node, {
    // @ts-expect-error: a wrong type in the answer
    multimediaAuth: (_mar, context) => context.answer({ resultCode: "2001", authSessionState: 1 }),
  });
  sip.serve(node, {
    // @ts-expect-error: SIP-Method is not in the answer's grammar
    multimediaAuth: (_mar, context) => context.answer({ resultCode: 2001, authSessionState: 1, sipMethod: "INVITE" }),
  });
  sip.serve(node, {
    multimediaAuth: (_mar, context) => {
      // @ts-expect-error: an excess property within a group of a list
      const sipAuthDataItem: sip.SipAuthDataItemInit[] = [{ sipAuthenticationScheme: 0, foo: 1 }];
      return context.answer({ resultCode: 1001, authSessionState: 1, sipAuthDataItem });
    },
  });
  sip.serve(node, {
    // @ts-expect-error: nothing is answered
    multimediaAuth: () => {},
  });
  sip.serve(node, {
    // @ts-expect-error: an init is no answer yet
    multimediaAuth: () => ({ resultCode: 2001, authSessionState: 1 }),
  });
  sip.serve(node, {
    // @ts-expect-error: the request is no answer
    multimediaAuth: (mar) => mar,
  });
  sip.serve(node, {
    // @ts-expect-error: the answer of another command
    multimediaAuth: (_mar, context) => otherAnswer(context),
  });
  sip.serve(node, {
    // @ts-expect-error: the handler of another command
    multimediaAuth: locationInfo,
  });
  sip.serve(node, {
    // @ts-expect-error: there is no such command
    multimediaAuthorization: (_request: unknown, context: Context<Answer, never>) => context.error(5012),
  });
  sip.serve(node, {
    multimediaAuth: (mar, context) => {
      // @ts-expect-error: the request's class has no Result-Code
      use(mar.resultCode);
      // @ts-expect-error: User-Name may be undefined
      const name: string = mar.userName;
      use(name);
      // @ts-expect-error: a text for a Result-Code
      return context.error("5003");
    },
  });
  sip.serve(node, {
    multimediaAuth: (_mar, context) =>
      // @ts-expect-error: Failed-AVP has AVPs, not numbers
      context.error(5004, { failedAvp: [122] }),
  });
}

declare function otherAnswer(context: unknown): sip.LocationInfoAnswer;
declare function locationInfo(
  lir: sip.LocationInfoRequest,
  context: Context<sip.LocationInfoAnswer, sip.LocationInfoAnswerInit>,
): sip.LocationInfoAnswer;
declare function use(...values: unknown[]): void;
