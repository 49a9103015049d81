/** Nothing of what could help to log in as somebody is in the log, however much is logged, whatever goes wrong. */

import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { computeHa1Columns } from "../../../server/src/digest/index.js";
import { createLogger } from "../../../server/src/index.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { bytesOf, golden } from "../../support/golden.js";
import { avp, changed, group, replaced, without } from "./compose.js";
import { ALICE, connectAs, Recorder, startServer } from "./support.js";

const REGISTER = golden("opensips-3.2-auth", 9);

test("passwords, H(A1), responses and nonces are not in the log, at any level", async () => {
  const lines: string[] = [];
  const logger = createLogger({ level: "trace", destination: { write: (line: string) => void lines.push(line) } });
  const key = randomBytes(32);
  const challenge = { key, delegate: true };
  await using running = await startServer({ log: logger, challenge, throttle: { perUser: 3 } });
  await using client = await connectAs(running.port, new Recorder());
  const sent = dissect(bytesOf(REGISTER)).avps;
  const text = (code: number) => sent.find((one) => one.code === code)?.data.toString() ?? "";
  const secrets = [text(103), text(105), text(113), key.toString("base64"), key.toString("hex")];
  secrets.push(...Object.values(computeHa1Columns(ALICE.username, ALICE.domain, ALICE.password)));
  const ask = async (request: Uint8Array | string) => dissect(await client.exchange(request));
  const codes: (number | undefined)[] = [];
  const wrong = (response: string) => {
    secrets.push(response);
    return changed(REGISTER.hex, { avps: (avps) => replaced(avps, { 103: response }) });
  };
  codes.push(resultCode(await ask(REGISTER.hex)));
  for (const digit of ["a", "b", "c", "d"]) codes.push(resultCode(await ask(wrong(digit.repeat(32)))));
  // Octets that are no text, where digest AVPs are; and AVPs that do not fit.
  const broken = Buffer.from([0xff, 0xfe, ...Buffer.from("0123456789abcdef")]);
  for (const code of [103, 104, 105, 108, 109, 113, 115])
    codes.push(resultCode(await ask(changed(REGISTER.hex, { avps: (avps) => replaced(avps, { [code]: broken }) }))));
  codes.push(resultCode(await ask(changed(REGISTER.hex, { avps: (avps) => without(avps, 122) }))));
  const asks = changed(REGISTER.hex, {
    avps: (avps) => [...without(avps, 103, 104, 105, 108, 109, 110, 113, 114, 115), avp(382, 1)],
  });
  const challenged = await ask(asks);
  codes.push(resultCode(challenged));
  const items = findAvp(challenged, 376)?.data.toString("latin1") ?? "";
  secrets.push(...(items.match(/[\w-]{40}|[0-9a-f]{32}/g) ?? []));
  const nested = [
    avp(377, 0),
    group(
      380,
      sent.filter(({ code }) => code >= 103 && code <= 115),
    ),
  ];
  codes.push(
    resultCode(
      await ask(
        changed(REGISTER.hex, {
          avps: (avps) => [...without(avps, 103, 104, 105, 108, 109, 110, 113, 114, 115), group(376, nested)],
        }),
      ),
    ),
  );
  // The database fails.
  await running.stores.close();
  codes.push(
    resultCode(await ask(changed(REGISTER.hex, { avps: (avps) => replaced(avps, { 1: "bob", 115: "bob" }) }))),
  );
  expect(new Set(codes)).toEqual(new Set([2006, 4001, 5004, 5005, 2008, 5012]));
  const log = lines.join("").toLowerCase();
  expect(lines.length).toBeGreaterThan(codes.length);
  expect(secrets.filter((secret) => secret !== "").length).toBeGreaterThan(12);
  for (const secret of secrets) if (secret !== "") expect(log).not.toContain(secret.toLowerCase());
  expect(log).not.toContain("0123456789abcdef");
});
