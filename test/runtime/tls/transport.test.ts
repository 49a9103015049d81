/** TLS keeps the promises of all transports, on both loopbacks, in both versions. */
import { networkInterfaces } from "node:os";
import { beforeAll, describe } from "vitest";
import { TlsCredentials, tlsTransport } from "../../../runtime/src/transport/index.js";
import { describeWith } from "../../support/require.js";
import { testTls, tlsRequirements } from "../../support/tls.js";
import { transportSuite } from "../transport-suite.js";

const ipv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

describeWith(tlsRequirements, "tls", () => {
  const made = testTls();
  const suite = (version: "TLSv1.2" | "TLSv1.3", host: string) => {
    let credentials: TlsCredentials;
    beforeAll(async () => {
      const pem = await (await made).issue("server.test", { file: `${version}-${host}` });
      credentials = new TlsCredentials({ ...pem, maxVersion: version });
    });
    transportSuite(() => tlsTransport(credentials), host);
  };

  describe("1.3 over IPv4", () => suite("TLSv1.3", "127.0.0.1"));
  describe("1.2 over IPv4", () => suite("TLSv1.2", "127.0.0.1"));
  describeWith([{ available: ipv6, path: "", reason: "::1 is not configured" }], "1.3 over IPv6", () =>
    suite("TLSv1.3", "::1"),
  );
});
