/** examples/gy-credit-control: portions, the last one, no credit, and a stranger. */
import { expect, test } from "vitest";
import { linesOf } from "./support.js";

test("two services use up what is paid for", async () => {
  expect(await linesOf("gy-credit-control")).toEqual([
    "CCR-I: rating group 1: 2001, 4000000 octets",
    "CCR-I: rating group 2: 2001, 4000000 octets",
    "CCR-U: rating group 1: 2001, 2000000 octets, final",
    "CCR-U: rating group 2: 4012, 0 octets",
    "CCR-T: 0 octets are left",
    "CCR-I without credit: 4012",
    "CCR-I of a stranger: 5030",
  ]);
});
