import { expect, test } from "vitest";
import { type DumpedAvp, parseDumps } from "./freediameter-dump.js";

const HEADER = "12:00:00  NOTI   RCV from 'a.test': Credit-Control-Request(4/272)[RP--], Length=80";
const IDENTIFIERS = "Hop-By-Hop-Id=0x0000000a, End-to-End=0x0000000b";

function parse(avps: string): unknown {
  return parseDumps(`noise\n${HEADER}, ${IDENTIFIERS}, ${avps}\n12:00:01  NOTI   more\n`)[0]?.avps.map(shape);
}

function shape(avp: DumpedAvp): unknown {
  return avp.avps.length === 0 ? `${avp.name}=${avp.value}` : { [avp.name]: avp.avps.map(shape) };
}

test("header", () => {
  const output = `${HEADER}, ${IDENTIFIERS}\n`;
  expect(parseDumps(output)).toEqual([
    {
      direction: "RCV",
      peer: "a.test",
      name: "Credit-Control-Request",
      code: 272,
      applicationId: 4,
      flags: "RP--",
      length: 80,
      hopByHop: 10,
      endToEnd: 11,
      avps: [],
    },
  ]);
  expect(parseDumps(output.slice(0, -1)), "a line that is not complete yet").toEqual([]);
});

test.each([
  ["{ A(1)[-M]=5 (0x5) }", ["A=5 (0x5)"]],
  ["{ A(1)[-M]='NAME' (5 (0x5)) }, { B(10415/2)[VM]=<00 FF> }", ["A='NAME' (5 (0x5))", "B=<00 FF>"]],
  ['{ A(1)[-M]="" }, { B(2)[-M]="a } b { c=\\" }", d" }', ['A=""', 'B="a } b { c=\\" }", d"']],
  ["{ G(1)[-M]={ A(2)[--]=1 } }, { C(4)[--]=3 }", [{ G: ["A=1"] }, "C=3"]],
  ["{ G(1)[-M]={ H(2)[-M]={ A(3)[--]=1 }, { B(4)[--]=2 } }, { C(5)[--]=3 } }", [{ G: [{ H: ["A=1", "B=2"] }, "C=3"] }]],
])("%s", (avps, expected) => {
  expect(parse(avps)).toEqual(expected);
});
