/**
 * The 38 request/answer pairs of freeDiameter 1.2.1 with app_opensips (see opensips.md, section 2), and one request that it
 * did not answer: what ours says to the same octets, and why where it says something else.
 */

import { afterAll, beforeAll, expect, test } from "vitest";
import { type DissectedMessage, dissect, dissectAvps, findAvp, resultCode } from "../../support/dissect.js";
import { answerTo, bytesOf, capture, golden } from "../../support/golden.js";
import { describeWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { APP_OPENSIPS, LENGTH, pairs, SAME } from "./app-opensips-pairs.js";
import {
  connectAs,
  content,
  isAnswerMessage,
  peersGone,
  Recorder,
  type RunningServer,
  startServer,
} from "./support.js";

const NAME = APP_OPENSIPS;

const recorder = new Recorder();
let running: RunningServer;

beforeAll(async () => {
  running = await startServer();
});
afterAll(() => running[Symbol.asyncDispose]());

async function ask(number: number): Promise<DissectedMessage> {
  await peersGone(running.server.node);
  await using client = await connectAs(running.port, recorder, NAME);
  const request = golden(NAME, number);
  client.send(request.hex);
  const answer = dissect(await client.next());
  const { code, applicationId, hopByHop, endToEnd } = request;
  // RFC 6733 section 6.2: the identifiers and the P bit of the request.
  const error = isAnswerMessage(answer);
  expect(answer).toMatchObject({ code, applicationId, hopByHop, endToEnd, error, request: false, proxiable: true });
  const sessionId = request.avps.find((avp) => avp.code === 263)?.value.slice(1, -1); // in quotes
  expect(findAvp(answer, 263)?.data.toString()).toBe(sessionId);
  return answer;
}

test("these are all pairs of the capture, CER and CEA apart", () => {
  const requests = capture(NAME).filter(({ from, flags }) => from === "client" && flags.startsWith("R"));
  const answered = requests.filter((request) => answerTo(NAME, request) !== undefined).map(({ number }) => number);
  expect([1, ...pairs.map(([number]) => number)]).toEqual(answered);
  expect(answered).toHaveLength(38);
});

test.each(pairs)("message %i: %s", async (number, _title, expected) => {
  const answer = await ask(number);
  const theirs = dissect(bytesOf(answerTo(NAME, golden(NAME, number)) as ReturnType<typeof golden>));
  if ("code" in expected) {
    expect(resultCode(answer)).toBe(expected.code);
    // Without a reason it is the same code, of freeDiameter itself.
    if (expected.because === "") expect(resultCode(theirs)).toBe(expected.code);
    else expect(resultCode(theirs)).not.toBe(expected.code);
    return;
  }
  expect(resultCode(answer)).toBe(resultCode(theirs));
  if (expected === SAME) expect(content(answer)).toEqual(content(theirs));
  else expect(failed(answer)).toEqual(failed(theirs));
});

test(`message 83: an AVP Length that passes the end is 5014: ${LENGTH}`, async () => {
  expect(answerTo(NAME, golden(NAME, 83))).toBeUndefined();
  const answer = await ask(83);
  expect(resultCode(answer)).toBe(5014);
  expect(failed(answer)).toEqual([1, 0]);
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against any message that the server sent above", async () => {
    const messages = await expectClean(recorder.messages, [
      // What is in Failed-AVP, and command 999, nobody knows.
      /^Unknown AVP 6000[01] /,
      /^Unknown command/,
      // Failed-AVP with a string that is missing: "of correct minimum length", RFC 6733 section 7.1.5, which is 0.
      /^Data is empty/,
    ]);
    expect(messages).toHaveLength(2 * (pairs.length + 1));
  });
});

/** Code and vendor of the AVP in Failed-AVP. freeDiameter sends its header and some zeros. */
function failed(answer: DissectedMessage): readonly number[] | undefined {
  const data = findAvp(answer, 279)?.data;
  if (data === undefined) return undefined;
  // What freeDiameter says is 9 octets long has 4 of padding.
  const [avp] = dissectAvps(data);
  return avp && [avp.code, avp.vendorId];
}
