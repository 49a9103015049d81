/** TLS to a database server: what must hold for each of them, by the configuration of an operator and the program's own words. */
import { beforeAll, describe, expect, test } from "vitest";
import { withStores } from "../../../server/src/cli/with-stores.js";
import { loadConfig } from "../../../server/src/config/load.js";
import type { DatabaseOptions } from "../../../server/src/store/index.js";
import { createAuthority, type IssueOptions } from "../../support/certificate.js";
import type { ServerTls } from "../../support/daemon.js";
import { run } from "../../support/process.js";
import { testTls } from "../../support/tls.js";
import { BIN } from "../demo.js";
import { configFile, temporaryFolder } from "../program.js";

type ServerOptions = Exclude<DatabaseOptions, { readonly type: "sqlite" }>;

export interface TlsSubject {
  /** Starts the server with a certificate; gives how to reach a new, empty database of it. */
  start(tls: ServerTls): Promise<ServerOptions>;
  /** One without TLS; undefined where there is none. */
  readonly startWithout: (() => Promise<ServerOptions>) | undefined;
  /** Whether the connection of this query is encrypted. */
  readonly encrypted: string;
}

const NAME = "db.diameter.test";

export function tlsCompliance(name: string, subject: TlsSubject): void {
  describe(`TLS to ${name}`, () => {
    const made = testTls("database authority");
    let server: ServerOptions;
    let ca: string;
    let own: { readonly certificate: string; readonly key: string };

    const issued = async (host: string, options: IssueOptions = {}) => (await made).authority.issue(host, options);

    beforeAll(async () => {
      const { authority } = await made;
      ca = authority.certificate;
      own = await issued("client.diameter.test");
      server = await subject.start({ certificate: await issued(NAME), trust: authority });
    }, 60_000);

    /** What `diamgen-server database ...` says with this `tls`. */
    async function command(
      words: readonly string[],
      tls: Readonly<Record<string, unknown>>,
      options = server,
      user = options.user,
    ) {
      const { type, port, password, database } = options;
      const settings = { type, host: "127.0.0.1", port, user, password, database, tls };
      const file = configFile(temporaryFolder(), { database: settings });
      const { code, output } = await run(process.execPath, [BIN, ...words, "--config", file]);
      return { code, output };
    }

    test("works with the authority and the name said, and is encrypted", async () => {
      const tls = { ca: [ca], serverName: NAME };
      expect(await command(["database", "init"], tls)).toEqual({ code: 0, output: "the tables are there\n" });
      expect(await command(["database", "check"], tls)).toEqual({ code: 0, output: "the database can be used\n" });
      const { type, port, user, password, database } = server;
      const settings = { type, host: "127.0.0.1", port, user, password, database, tls };
      const { config } = await loadConfig({ config: configFile(temporaryFolder(), { database: settings }) }, {});
      await withStores(config, async (stores) => {
        const { server: connection } = stores as unknown as {
          server: { execute(sql: string, values: readonly never[]): Promise<{ rows: readonly unknown[] }> };
        };
        const { rows } = await connection.execute(subject.encrypted, []);
        expect(JSON.stringify(rows)).toMatch(/TLSv1\.[23]/);
      });
    });

    test("refuses a certificate of an authority that is not trusted: another one, or one that the system does not know", async () => {
      const other = await createAuthority(temporaryFolder(), "another authority");
      for (const trusted of [{ ca: [other.certificate] }, {}]) {
        const { code, output } = await command(["database", "check"], { ...trusted, serverName: NAME });
        expect(code).toBe(3);
        expect(output).toMatch(
          /^diamgen-server: (?:MariaDB|PostgreSQL): .*(?:self-signed certificate|unable to (?:verify|get))/,
        );
        expect(output).not.toMatch(/\n\s+at /);
      }
    });

    test("refuses a certificate with another name, and says both", async () => {
      const { code, output } = await command(["database", "check"], { ca: [ca], serverName: "other.diameter.test" });
      expect(code).toBe(3);
      expect(output).toMatch(/^diamgen-server: (?:MariaDB|PostgreSQL): .*other\.diameter\.test.*db\.diameter\.test/);
    });

    test.skipIf(subject.startWithout === undefined)(
      "refuses a database without TLS, before it hears a password",
      async () => {
        const plain = await subject.startWithout?.();
        const { code, output } = await command(["database", "check"], { ca: [ca], serverName: NAME }, plain);
        expect(code).toBe(3);
        expect(output).toMatch(/does not support (?:secure|SSL) connection/i);
      },
    );

    test("is mutual where the database asks for a certificate, and one without is refused", async () => {
      const tls = { ca: [ca], serverName: NAME };
      expect(await command(["database", "init"], { ...tls, ...own }, server, "mutual")).toEqual({
        code: 0,
        output: "the tables are there\n",
      });
      const without = await command(["database", "check"], tls, server, "mutual");
      expect(without.code).toBe(3);
      expect(without.output).toMatch(/Access denied|requires a valid client certificate/);
    });
  });
}
