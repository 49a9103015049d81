#!/usr/bin/env node
// npm run compliance         writes docs/rfc6733.md from the texts of the RFCs and the judgements in test/conformance/rfc6733
// npm run compliance check   says where it is not what would be written, or names a test that is not there (as `npm test` does too)

import { join } from "node:path";
import { main, requireNode, root, status } from "./lib.mjs";

requireNode();
const [mode = "write", ...rest] = process.argv.slice(2);
if (!["write", "check"].includes(mode) || rest.length > 0) {
  process.stderr.write("usage: node scripts/compliance.mjs [check]\n");
  process.exit(2);
}
await main(async () => {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const { code } = await status(process.execPath, [vitest, "run", "test/conformance/compliance.test.ts"], {
    // Without the texts of the RFCs there is nothing to write or to compare: say so, instead of skipping.
    env: { DIAMGEN_REQUIRE: "all", ...(mode === "write" ? { UPDATE: "1" } : {}) },
  });
  return code ?? 1;
});
