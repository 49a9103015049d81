/** TLS to MariaDB and PostgreSQL, and what of it cannot be configured. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseConfig } from "../../../server/src/config/load.js";
import { databaseOptions } from "../../../server/src/service/database-options.js";
import { MariadbServer } from "../../../server/src/store/mariadb/server.js";
import { type Mariadb, mariadbRequirements, startMariadb } from "../../support/mariadb.js";
import { type Postgresql, postgresqlRequirements, startPostgresql } from "../../support/postgresql.js";
import { describeWith } from "../../support/require.js";
import { testTls, tlsRequirements } from "../../support/tls.js";
import { tlsCompliance } from "./tls.js";

const BASE = { identity: "a.example.net", accept: ["*"], listen: [{ host: "127.0.0.1" }] };

const started: AsyncDisposable[] = [];
afterAll(async () => {
  for (const one of started) await one[Symbol.asyncDispose]();
});

const kept = async <S extends Mariadb | Postgresql>(starting: Promise<S>): Promise<S> => {
  const server = await starting;
  started.push(server);
  return server;
};

describeWith([...mariadbRequirements, ...tlsRequirements], "MariaDB", () => {
  tlsCompliance("MariaDB", {
    start: async (tls) => (await kept(startMariadb({ tls }))).createDatabase("secured"),
    startWithout: async () => (await kept(startMariadb())).createDatabase("plain"),
    encrypted: "SHOW SESSION STATUS LIKE 'Ssl_version'",
  });
});

describeWith([...postgresqlRequirements, ...tlsRequirements], "PostgreSQL", () => {
  tlsCompliance("PostgreSQL", {
    start: async (tls) => (await kept(startPostgresql({ tls }))).createDatabase("secured"),
    startWithout: async () => (await kept(startPostgresql())).createDatabase("plain"),
    encrypted: "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
  });
});

test("MariaDB's certificate is not verified by an address, nor over a Unix socket", () => {
  const base = "identity: a.example.net\naccept: ['*']\nlisten: [{ host: 127.0.0.1 }]\n";
  const config = (database: string) => () =>
    parseConfig("server.yaml", `${base}database: { user: u, database: d, ${database} }`);
  expect(config("type: mariadb, host: 192.0.2.1, tls: {}")).toThrow(/CF1007|192\.0\.2\.1 is an address/);
  expect(config("type: mariadb, tls: { serverName: '::1' }")).toThrow(/::1 is an address/);
  expect(config("type: mariadb, socketPath: /s, tls: { serverName: a }")).toThrow(/has no TLS/);
  expect(config("type: postgresql, socketPath: /s, tls: {}")).toThrow(/has no TLS/);
  expect(config("type: mariadb, host: db.example.net, tls: {}")).not.toThrow();
  expect(config("type: postgresql, host: 192.0.2.1, tls: {}")).not.toThrow();
  const options = { type: "mariadb", user: "u", database: "d", host: "192.0.2.1", tls: true } as const;
  expect(() => new MariadbServer(options)).toThrow(
    /TLS needs the name that the certificate must have, not 192\.0\.2\.1/,
  );
});

describeWith(tlsRequirements, "the files of TLS to a database", () => {
  const made = testTls();

  test("are read with the configuration: what cannot be used is said then", async () => {
    const { folder, authority } = await made;
    const { certificate, key } = await authority.issue("client.diameter.test");
    const used = (tls: Readonly<Record<string, unknown>>) => {
      const database = { type: "postgresql", user: "u", database: "d", tls };
      const text = JSON.stringify({ ...BASE, database });
      return databaseOptions(parseConfig(join(folder, "server.yaml"), text).database);
    };
    const ca = [authority.certificate];
    await expect(used({ ca, certificate, key, serverName: "db" })).resolves.toMatchObject({
      tls: { ca: readFileSync(authority.certificate, "utf8"), key: readFileSync(key, "utf8"), servername: "db" },
    });
    const wrong: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
      [{ ca: ["none.pem"] }, /none\.pem:1:1 cannot be read: ENOENT/],
      [{ ca: ["."] }, /cannot be read: EISDIR/],
      [{ certificate, key: authority.certificate }, /client\.diameter\.test\.cert\.pem:1:1 cannot be used: /],
      [{ certificate, key: authority.key }, /cannot be used: .*mismatch/],
    ];
    for (const [tls, message] of wrong) {
      const rejected = expect(used(tls)).rejects;
      await rejected.toThrow(message);
      await rejected.not.toThrow(/PRIVATE KEY/);
    }
    expect(() => used({ certificate })).toThrow(/database\.tls has a certificate without its key/);
    expect(() => used({ authority: "x" })).toThrow(/there is no setting "authority" in database\.tls/);
  });
});
