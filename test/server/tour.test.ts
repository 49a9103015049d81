/** `npm start` shows the main job end to end: the built tour. */

import { expect, test } from "vitest";
import { run } from "../support/process.js";
import { repositoryPath } from "../support/require.js";

test("the tour ends well, and shows each step", async () => {
  const { code, stdout, output } = await run(process.execPath, [repositoryPath("server/dist/demo/tour.js")]);
  expect(code, output).toBe(0);
  expect(output).toBe(stdout); // no warning, no error

  // In this order.
  const story = [
    /^== \d+\. A typed client connects over TCP/m,
    /^ {3}-> Capabilities-Exchange-Request/m,
    /^ {3}<- Capabilities-Exchange-Answer/m,
    /^ {3}-> Multimedia-Auth-Request/m,
    /^ {5}Digest-Username \(115\) -M- "alice"$/m,
    /^ {3}<- Multimedia-Auth-Answer/m,
    /^ {3}2006: authenticated$/m,
    /^ {3}4001: refused: DIAMETER_AUTHENTICATION_REJECTED$/m,
    /^ {3}5032: refused: DIAMETER_ERROR_USER_UNKNOWN$/m,
    /^ {3}-> Accounting-Request/m,
    /^ {3}<- Accounting-Answer/m,
    /^ {3}2001: the record is durable$/m,
    /^ {3}-> Disconnect-Peer-Request/m,
    /^ {3}<- Disconnect-Peer-Answer/m,
    /^== \d+\. What the database has of it$/m,
    /"callId": "tour-call-1"/,
    /"method": "INVITE"/,
    /"sipCode": "200"/,
    /"duration": 42/,
    /^All as it should be\.$/m,
  ];
  let from = 0;
  for (const pattern of story) {
    const match = pattern.exec(stdout.slice(from));
    expect(match, `${pattern} after ${from} in:\n${stdout}`).not.toBeNull();
    from += (match?.index ?? 0) + (match?.[0].length ?? 0);
  }
  expect(stdout).not.toContain("WRONG");
});
