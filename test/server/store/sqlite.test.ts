/** The embedded database passes what all databases pass. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql";
import { compliance } from "./compliance.js";

compliance(
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "diamgen-sqlite-"));
    const path = join(folder, "diamgen.db");
    return {
      options: { type: "sqlite", path, busyTimeoutMs: 5000 },
      async query(sql) {
        const database = new Libsql(path, { timeout: 5000 });
        try {
          const statement = database.prepare(sql);
          if (statement.reader) return statement.all([]) as Record<string, unknown>[];
          statement.run([]);
          return [];
        } finally {
          database.close();
        }
      },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
  { foldsCase: false, concurrent: false },
);
