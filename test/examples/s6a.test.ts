/** examples/s6a: what it prints, and its vectors against 3GPP's own. */
import { expect, test } from "vitest";
import { autnOf, milenage, xor } from "../../examples/s6a/milenage.js";
import { linesOf } from "./support.js";

const hex = (text: string): Buffer => Buffer.from(text, "hex");

test("a phone attaches, others are refused; it moves, and the HSS tells the MME before", async () => {
  const lines = await linesOf("s6a");
  expect(lines.slice(0, 4)).toEqual([
    "HSS: 001010000000001 is served by mme1.visited.test",
    "MME1: 001010000000001 is attached, 100000000 bit/s downlink",
    "MME1: 001019999999999 is refused: 5001 of vendor 10415",
    "MME1: 001010000000001 is refused: the response of its SIM is wrong",
  ]);
  // The answer to the second MME and the request to the first cross one another.
  expect(lines.slice(4, -1).toSorted()).toEqual([
    "HSS: 001010000000001 is served by mme2.visited.test",
    "HSS: mme1.visited.test answered the Cancel-Location-Request with 2001",
    "MME1: 001010000000001 is detached, it is served elsewhere",
    "MME2: 001010000000001 is attached, 100000000 bit/s downlink",
  ]);
  expect(lines.at(-1)).toBe("attached at MME1: 0, at MME2: 1");
});

test("Milenage gives what 3GPP TS 35.208 section 4.3 has for test set 1", () => {
  const keys = { k: hex("465b5ce8b199b49faa5f0a2ee238a6bc"), opc: hex("cd63cb71954a9f4e48a5994e37a02baf") };
  const [sqn, amf] = [hex("ff9bb4d0b607"), hex("b9b9")];
  const output = milenage(keys, hex("23553cbe9637a89d218ae64dae47bf35"), sqn, amf);
  expect(Object.fromEntries(Object.entries(output).map(([name, octets]) => [name, octets.toString("hex")]))).toEqual({
    mac: "4a9ffac354dfafb3",
    res: "a54211d5e3ba50bf",
    ck: "b40ba9a3c58b2a05bbf0d987b21bf8cb",
    ik: "f769bcd751044604127672711c6d3441",
    ak: "aa689c648370",
  });
  expect(autnOf(output, sqn, amf)).toEqual(Buffer.concat([xor(sqn, output.ak), amf, output.mac]));
});
