/** What the node under fire serves, and how: at once, later, never, with an error, or not at all well. */
import * as accounting from "@diamgen/sdk/accounting";
import * as cx from "@diamgen/sdk/cx";
import * as ro from "@diamgen/sdk/ro";
import * as rx from "@diamgen/sdk/rx";
import * as s6a from "@diamgen/sdk/s6a";
import * as sip from "@diamgen/sdk/sip";
import type { AnyCommand, ApplicationDefinition, KnownAvps } from "../../runtime/src/codegen/types.js";
import type { DiameterNode } from "../../runtime/src/node.js";
import type { Random } from "../differential/random.js";

/** Those of `APPLICATIONS` in pool.ts. */
const MODULES = [ro, sip, s6a, cx, rx, accounting];

export const served: readonly ApplicationDefinition[] = MODULES.map(({ application }) => application);

export const commandsServed: readonly AnyCommand[] = MODULES.flatMap((module) =>
  Object.values(module).filter(isCommand),
);
/** AVPs that may stand in any of their messages. */
export const known: readonly KnownAvps[] = served.flatMap(({ avps }) => avps);

const FATES = ["at once", "at once", "at once", "later", "later", "fails", "busy", "hangs"] as const;
/** The same each time: what a stack costs is no business of the runtime's. */
const FAILURE = new Error("as handlers do");
/** Of the handlers that would hang, one in this many does: each makes a round wait for the timeout. */
const HANGS = 200;

export function serveAll(node: DiameterNode, random: Random): void {
  let hung = 0;
  const act = <A>(answer: () => A, busy: () => A): A | Promise<A> => {
    switch (random.of(FATES)) {
      case "later":
        return Promise.resolve().then(answer);
      case "busy":
        return busy();
      case "fails":
        throw FAILURE;
      case "hangs":
        if (hung++ % HANGS === 0) return new Promise<A>(() => {});
        return answer();
      default:
        return answer();
    }
  };
  for (const command of commandsServed)
    node.handle(command, (request, context) =>
      act<never>(
        () => context.answer(answerTo(request)) as never,
        () => context.error(3004) as never,
      ),
    );
}

/** What the answers of all those commands may ask for; each takes what its grammar names. */
function answerTo(request: Record<string, unknown>): Record<string, unknown> {
  const { ccRequestType, ccRequestNumber, accountingRecordType, accountingRecordNumber } = request;
  const own = { ccRequestType, ccRequestNumber, accountingRecordType, accountingRecordNumber };
  return Object.assign(own, { resultCode: 2001, authSessionState: 1 });
}

function isCommand(value: unknown): value is AnyCommand {
  return typeof value === "object" && value !== null && "request" in value && "answer" in value && "code" in value;
}
