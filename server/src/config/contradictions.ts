/** What each setting alone does not show. */
import { isIP } from "node:net";
import { type ConfigDiagnostic, problem } from "./diagnostics.js";
import type { Config } from "./schema/index.js";
import type { Places } from "./yaml/issues.js";

export function contradictions(config: Config, places: Places): ConfigDiagnostic[] {
  const found: ConfigDiagnostic[] = [];
  const { identity, listen, peers, accept, acceptSecured, limits } = config;
  if (!identity.includes("."))
    found.push(
      problem(
        "CF1007",
        places.place(["identity"]),
        `identity ${JSON.stringify(identity)} has no domain`,
        "It is an FQDN, such as aaa.example.net.",
      ),
    );
  if (listen.length === 0 && peers.length === 0)
    found.push(
      problem(
        "CF1007",
        places.place([]),
        "nobody could reach this server: both listen and peers are empty",
        "Add listen: [{ host: 0.0.0.0 }]",
      ),
    );
  else if (accept.length === 0 && acceptSecured.length === 0 && peers.length === 0)
    found.push(
      problem(
        "CF1007",
        places.place([]),
        "nobody may connect: both accept and peers are empty",
        'Add accept, with the identity of each OpenSIPS; or accept: ["*"] for everybody who reaches the port.',
      ),
    );
  if (config.workers !== 1) found.push(...workerContradictions(config, places));
  if (limits.highWaterBytes > limits.maxOutputBytes)
    found.push(
      problem("CF1007", places.place(["limits"]), "limits.highWaterBytes must not exceed limits.maxOutputBytes"),
    );
  const { first, last } = config.accounting.replayMs;
  if (first > last)
    found.push(
      problem(
        "CF1007",
        places.place(["accounting", "replayMs"]),
        "accounting.replayMs.first must not exceed accounting.replayMs.last",
      ),
    );
  found.push(...tlsContradictions(config, places), ...databaseContradictions(config, places));
  const seen = new Map<string, number>();
  peers.forEach((peer, index) => {
    const own = peer.identity?.toLowerCase();
    if (own === identity.toLowerCase())
      found.push(
        problem(
          "CF1007",
          places.place(["peers", index, "identity"]),
          `peers[${index}].identity is the identity of this server`,
        ),
      );
    const where = `${peer.host.toLowerCase()} port ${peer.port}`;
    for (const key of [where, ...(own === undefined ? [] : [own])]) {
      const before = seen.get(key);
      if (before !== undefined)
        found.push(
          problem("CF1007", places.place(["peers", index]), `peers[${index}] and peers[${before}] are both ${key}`),
        );
      seen.set(key, index);
    }
  });
  listen.forEach(({ host, port }, index) => {
    const before = listen.findIndex((other) => other.host === host && other.port === port && port !== 0);
    if (before >= 0 && before < index)
      found.push(
        problem("CF1007", places.place(["listen", index]), `listen[${index}] and listen[${before}] are the same`),
      );
  });
  return found;
}

/** What several processes cannot share, or must know to be one node. */
function workerContradictions({ peers, database, workerSilenceMs }: Config, places: Places): ConfigDiagnostic[] {
  const found = peers.flatMap(({ identity }, index) =>
    identity === undefined
      ? [
          problem(
            "CF1007",
            places.place(["peers", index]),
            `peers[${index}] has no identity, and with several workers it must be known who has which peer`,
            "Add its Origin-Host: identity: opensips.example.net",
          ),
        ]
      : [],
  );
  if (database.type === "sqlite" && database.path === ":memory:")
    found.push(
      problem(
        "CF1007",
        places.place(["database", "path"]),
        "database.path: each worker would have a memory of its own",
      ),
    );
  if (database.type === "sqlite" && workerSilenceMs > 0 && 2 * database.busyTimeoutMs > workerSilenceMs)
    found.push(
      problem(
        "CF1007",
        places.place(["workerSilenceMs"]),
        "workerSilenceMs must be twice database.busyTimeoutMs or more: a worker that waits for SQLite's lock would be taken for one that hangs",
      ),
    );
  return found;
}

function tlsContradictions({ listen, peers, tls }: Config, places: Places): ConfigDiagnostic[] {
  const found: ConfigDiagnostic[] = [];
  for (const [name, list] of [
    ["listen", listen],
    ["peers", peers],
  ] as const)
    list.forEach(({ transport, security }, index) => {
      const what = `${name}[${index}]`;
      if (transport === "tls" && security !== "none")
        found.push(
          problem(
            "CF1007",
            places.place([name, index, "security"]),
            `${what}.security is for transport: tcp; this is tls from the first octet on`,
          ),
        );
      else if (tls === undefined && (transport === "tls" || security !== "none"))
        found.push(
          problem(
            "CF1007",
            places.place([name, index]),
            `${what} has TLS, and there is no certificate`,
            "Add tls: { certificate: chain.pem, key: key.pem, ca: [ca.pem] }",
          ),
        );
    });
  return found;
}

function databaseContradictions({ database }: Config, places: Places): ConfigDiagnostic[] {
  if (database.type === "sqlite" || database.tls === undefined) return [];
  const { type, host, socketPath, tls } = database;
  const wrong = (key: string, message: string, hint?: string) => [
    problem("CF1007", places.place(["database", "tls", key]), message, hint),
  ];
  if ((tls.certificate === undefined) !== (tls.key === undefined))
    return wrong(
      tls.key === undefined ? "certificate" : "key",
      "database.tls has a certificate without its key, or a key without its certificate",
    );
  if (socketPath !== undefined)
    return wrong("ca", "database.socketPath stays on this machine and has no TLS", "Leave one of the two out.");
  if (type === "mariadb" && isIP(tls.serverName ?? host) !== 0)
    return wrong(
      "serverName",
      `MariaDB's certificate is verified by a name, and ${tls.serverName ?? host} is an address`,
      "Add serverName, with a name that the certificate has; or let host be a name.",
    );
  return [];
}
