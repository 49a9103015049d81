/** RFC 6733 section 5.6.4. */

import { expect, test } from "vitest";
import { lowerCaseAscii, sameIdentity, winsElection } from "../../../runtime/src/peer/election.js";

test.each([
  ["b.example", "a.example", true],
  ["a.example", "b.example", false],
  // "If the local Origin-Host lexicographically succeeds": a longer one succeeds its own beginning.
  ["a.example.net", "a.example", true],
  ["a.example", "a.example.net", false],
  ["peer2.example", "peer10.example", true],
  // "octets that fall in the ASCII range 'a' through 'z' MUST compare equally to their uppercase counterparts"
  ["B.EXAMPLE", "a.example", true],
  ["A.EXAMPLE", "b.example", false],
  // "_" (0x5f) stands between "Z" and "a": it comes before the letters, for they compare as lower case.
  ["_x.example", "A.example", false],
  ["Z.example", "_x.example", true],
  ["same.example", "SAME.example", false],
])("local %s, received %s: wins %s", (local, received, wins) => {
  expect(winsElection(local, received)).toBe(wins);
});

test("the results on the two peers are the inverse of one another", () => {
  const names = ["a", "A.b", "a.B.c", "b", "Z", "_", "0", "a-", "a.b"];
  for (const one of names)
    for (const other of names)
      if (!sameIdentity(one, other)) expect(winsElection(one, other)).toBe(!winsElection(other, one));
});

test("identities are the same whatever the case of ASCII letters, and of no others", () => {
  expect(sameIdentity("Peer.Example", "pEER.eXAMPLE")).toBe(true);
  expect(sameIdentity("peer.example", "peer.example.")).toBe(false);
  expect(lowerCaseAscii("\u212Aelvin.\u0130.X")).toBe("\u212Aelvin.\u0130.x");
});
