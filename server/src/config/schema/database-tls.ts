/** TLS to a database server, as files. */
import { z } from "zod";
import { setting } from "./setting.js";
import { host, path } from "./values.js";

const FILE = { path: true };

export const databaseTlsSettings = () =>
  setting(
    z
      .strictObject({
        ca: setting(
          z.array(path()).min(1).optional(),
          "Certificates of those who are trusted to issue the certificate of the database, PEM. Left out: whom the system trusts.",
          { ...FILE, example: ["/etc/diamgen/database-ca.pem"] },
        ),
        certificate: setting(
          path().optional(),
          "Our certificate, and those between it and the authority, PEM: for a database that asks for one.",
          FILE,
        ),
        key: setting(path().optional(), "Its private key, PEM, not encrypted.", FILE),
        serverName: setting(
          host().optional(),
          "The name that the certificate of the database must have. Left out: `host`. MariaDB needs it where `host` is an address.",
          { example: "db.example.net" },
        ),
      })
      .optional(),
    "TLS to the database, its certificate and name always verified; `{}` does it by those whom the system trusts. Left out: no TLS.",
    { example: { ca: ["/etc/diamgen/database-ca.pem"] } },
  );

export type DatabaseTlsSettings = NonNullable<z.output<ReturnType<typeof databaseTlsSettings>>>;
