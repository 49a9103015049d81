/** The option `inspect`: what it sees, what it refuses, and that it can do no harm. */
import { expect, test } from "vitest";
import { Avp } from "../../../runtime/src/codec/avp.js";
import type { Issue } from "../../../runtime/src/codec/issue.js";
import { ErrorAnswerError, InvalidAnswerError, type NodeOptions } from "../../../runtime/src/index.js";
import { createWorld } from "../../support/nodes.js";
import { tiny } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;

const issue: Issue = {
  resultCode: 5004,
  message: "not this one",
  offset: 20,
  path: "1",
  failedAvp: new Avp(1, 0, 0x40, Uint8Array.of(0x61)),
};

type Inspect = NonNullable<NodeOptions["inspect"]>;

async function failure(inspect: { readonly server?: Inspect; readonly client?: Inspect }) {
  await using world = createWorld();
  const server = await world.server("server", { inspect: inspect.server });
  const client = await world.client("client", ["server"], { inspect: inspect.client });
  const error = await client.request(tiny, request).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { "request:refused": refused, "handler:error": failed } = server.counters;
  return { error, refused, failed };
}

test("sees requests that are served here and answers to what was asked; nothing of the base protocol", async () => {
  await using world = createWorld();
  const seen: string[] = [];
  const inspect =
    (who: string): Inspect =>
    ({ isRequest, commandCode }) => {
      seen.push(`${who} ${isRequest ? "request" : "answer"} ${commandCode}`);
      return undefined;
    };
  await world.server("server", { inspect: inspect("server") });
  const client = await world.client("client", ["server"], { inspect: inspect("client") });
  expect((await client.request(tiny, request)).resultCode).toBe(2001);
  await world.clock.advanceAsync(40_000);
  expect(seen).toEqual([`server request ${tiny.code}`, `client answer ${tiny.code}`]);
});

test("an issue refuses a request: its Result-Code, message and Failed-AVP are answered, and no handler runs", async () => {
  const { error, ...counted } = await failure({ server: () => issue });
  expect(error).toBeInstanceOf(ErrorAnswerError);
  const { answer } = error as ErrorAnswerError;
  expect(answer).toMatchObject({ resultCode: 5004, errorMessage: "not this one" });
  expect(answer.failedAvp.map(({ code, data }) => [code, [...data]])).toEqual([[1, [0x61]]]);
  expect(counted).toEqual({ refused: 1, failed: 0 });
});

test("an issue refuses an answer: the caller is told what it is", async () => {
  const { error, ...counted } = await failure({ client: () => issue });
  expect(error).toBeInstanceOf(InvalidAnswerError);
  expect((error as InvalidAnswerError).issues).toEqual([issue]);
  expect(counted).toEqual({ refused: 0, failed: 0 });
});

test("one that throws: 5012 for a request, an error for the caller of an answer, and the node goes on", async () => {
  const bug = new Error("as programs do");
  const broken: Inspect = () => {
    throw bug;
  };
  const served = await failure({ server: broken });
  expect((served.error as ErrorAnswerError).answer).toMatchObject({ resultCode: 5012 });
  expect(served).toMatchObject({ refused: 1, failed: 1 });
  const asked = await failure({ client: broken });
  expect(asked.error).toBeInstanceOf(InvalidAnswerError);
  expect((asked.error as InvalidAnswerError).cause).toBe(bug);
});
