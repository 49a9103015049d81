/** MySQL passes what MariaDB passes. No package of Debian 12 has it, so it is told where one is: see mysqlRequirements. */
import { afterAll, describe, test } from "vitest";
import { type Mariadb, mysqlRequirements, startMysql } from "../../support/mariadb.js";
import { tlsRequirements } from "../../support/tls.js";
import { compliance } from "./compliance.js";
import { outages } from "./outages.js";
import { tlsCompliance } from "./tls.js";

const missing = [...mysqlRequirements, ...tlsRequirements].filter(({ available }) => !available);

// Not describeWith, under which it could be demanded: a machine for the tests is complete without it.
if (missing.length > 0) test.skip(`MySQL [skipped: ${missing.map(({ reason }) => reason).join("; ")}]`, () => {});
else
  describe("MySQL", () => {
    let mysql: Mariadb;
    let secured: Mariadb | undefined;
    compliance(
      async () => {
        mysql = await startMysql();
        return {
          options: await mysql.createDatabase("opensips"),
          query: (sql) => mysql.query("opensips", sql),
          begin: (sql) => mysql.begin("opensips", sql),
          [Symbol.asyncDispose]: () => mysql[Symbol.asyncDispose](),
        };
      },
      { foldsCase: true, concurrent: true },
    );

    outages(() => ({
      ...mysql,
      waiting: "SELECT 1 FROM information_schema.processlist WHERE state LIKE '%metadata lock%'",
    }));

    tlsCompliance("MySQL", {
      start: async (tls) => {
        secured = await startMysql({ tls });
        return secured.createDatabase("secured");
      },
      // Without files of its own it makes certificates that nobody knows.
      startWithout: undefined,
      encrypted: "SHOW SESSION STATUS LIKE 'Ssl_version'",
    });
    afterAll(() => secured?.[Symbol.asyncDispose]());
  });
