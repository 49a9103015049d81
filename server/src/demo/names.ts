/** What the demo knows of the world: names that can never be real (RFC 6761). Imports nothing: `--help` says them. */
export const DEMO = {
  realm: "diameter.test",
  server: "server.diameter.test",
  client: "client.diameter.test",
  subscriber: { username: "alice", domain: "diameter.test", password: "secret" },
} as const;
