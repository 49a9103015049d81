/** Certificate, key and trust of TLS between Diameter nodes, as files: SIGHUP reads them again. */
import { z } from "zod";
import { setting } from "./setting.js";
import { path } from "./values.js";

const FILE = { path: true };

export const tlsSettings = setting(
  z
    .strictObject({
      certificate: setting(path(), "Our certificate, and those between it and the authority, PEM.", {
        ...FILE,
        example: "/etc/diamgen/chain.pem",
      }),
      key: setting(path(), "Its private key, PEM, not encrypted.", { ...FILE, example: "/etc/diamgen/key.pem" }),
      ca: setting(
        z.array(path()).min(1),
        "Certificates of those who are trusted to issue certificates of peers, PEM. Whoever issues under them decides who may be a peer.",
        { ...FILE, example: ["/etc/diamgen/ca.pem"] },
      ),
      crl: setting(z.array(path()).default([]), "Certificate revocation lists, PEM.", FILE),
      minVersion: setting(
        z.enum(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2"),
        "The oldest TLS that is spoken; the newest that both sides have is.",
      ),
    })
    .optional(),
  "TLS between Diameter nodes: needed as soon as a `listen` or a peer has it. SIGHUP reads the files again, for connections from then on; to begin with TLS takes a restart.",
  { reload: true },
);

export type TlsSettings = NonNullable<z.output<typeof tlsSettings>>;
