/** Who the server is, where it listens, whom it knows. */
import { z } from "zod";
import { setting } from "./setting.js";
import { tlsSettings } from "./tls.js";
import { host, identity, identityPattern, milliseconds, port } from "./values.js";

export const nodeSettings = {
  identity: setting(
    identity(),
    "Origin-Host: the DiameterIdentity of this server. OpenSIPS closes the connection where it is not the name in its `ConnectPeer`.",
    { example: "aaa.example.net" },
  ),
  realm: setting(
    identity().optional(),
    "Origin-Realm, and the realm that is served. Left out: what follows the first dot of `identity`.",
    { example: "example.net" },
  ),
  realms: setting(
    z.array(identity()).default([]),
    "Further realms that are served: a request for any other Destination-Realm is answered 3003 (DIAMETER_REALM_NOT_SERVED).",
  ),
  hostIpAddresses: setting(
    z.array(z.union([z.ipv4(), z.ipv6()], { error: "must be an IP address" })).default([]),
    "Host-IP-Address of the capabilities exchange. Empty: the local address of each connection, which is right unless addresses are translated.",
  ),
  listen: setting(
    z
      .array(
        z.strictObject({
          host: setting(host(), "Address to listen on; `0.0.0.0` for all of IPv4, `::` for all."),
          port: setting(
            port(0).optional(),
            "Port; 0 for any that is free. Left out: 3868, with `transport: tls` 5868.",
          ),
          transport: setting(
            z.enum(["tcp", "tls"]).default("tcp"),
            "`tcp`. `tls`: protected from the first octet on, as RFC 6733 section 2.1 wants it; the Origin-Host has to be in the certificate of the peer.",
          ),
          security: setting(
            z.enum(["none", "inband", "either"]).default("none"),
            "With `transport: tcp`, TLS that is agreed upon in CER and CEA, for peers of RFC 3588: `inband` always, `either` where the peer offers it.",
          ),
        }),
      )
      .default([]),
    "Where connections are taken. Empty: nowhere; then `peers` says whom the server connects to.",
    { example: [{ host: "0.0.0.0", port: 3868 }] },
  ),
  accept: setting(
    z.array(identityPattern()).default([]),
    "Who may connect, by Origin-Host, beside `peers`: identities, `*.example.net` for all below example.net, `*` for everybody who reaches the port. Over plain TCP an Origin-Host proves nothing: let a firewall guard the port. Others are answered 3010 (DIAMETER_UNKNOWN_PEER).",
    { reload: true, example: ["opensips.example.net"] },
  ),
  acceptSecured: setting(
    z.array(identityPattern()).default([]),
    "Who may connect as well, but under TLS only, be it from the first octet on or in band.",
    { reload: true, example: ["*.example.net"] },
  ),
  peers: setting(
    z
      .array(
        z.strictObject({
          host: setting(host(), "Host name or address to connect to."),
          port: setting(port().optional(), "Its port. Left out: 3868, with `transport: tls` 5868."),
          transport: setting(z.enum(["tcp", "tls"]).default("tcp"), "`tcp`, or `tls` from the first octet on."),
          security: setting(
            z.enum(["none", "inband"]).default("none"),
            "`inband`: with `transport: tcp`, TLS that has to be agreed upon in CER and CEA, for peers of RFC 3588.",
          ),
          identity: setting(
            identity().optional(),
            "Its Origin-Host: whoever answers with another one is disconnected, and its own connections are welcome. Left out: whoever answers there.",
            { example: "opensips.example.net" },
          ),
          realm: setting(
            identity().optional(),
            "Its Origin-Realm: whoever comes or answers with another one is refused. Left out: whatever it says.",
          ),
          reconnectMs: setting(milliseconds().optional(), "`timers.reconnectMs` for this peer."),
          watchdogMs: setting(milliseconds(6000).optional(), "`timers.watchdogMs` for this peer."),
        }),
      )
      .default([]),
    "Peers that the server connects to, and keeps a connection with. OpenSIPS connects by itself and needs no entry.",
    { reload: true, example: [{ host: "192.0.2.10", identity: "opensips.example.net" }] },
  ),
  tls: tlsSettings,
  timers: setting(
    z
      .strictObject({
        reconnectMs: setting(
          milliseconds().default(30_000),
          "Tc of RFC 6733 section 2.1: milliseconds between attempts to connect to a peer.",
        ),
        watchdogMs: setting(
          milliseconds(6000).default(30_000),
          "Tw of RFC 3539 section 3.4.1: milliseconds of silence before a Device-Watchdog-Request; at least 6000.",
        ),
      })
      .prefault({}),
    "Timers of connections.",
  ),
};
