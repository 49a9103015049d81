/** Multimedia-Auth-Requests. */
import { z } from "zod";
import { setting } from "./setting.js";
import { count, identity, milliseconds } from "./values.js";

const SECRET = { secret: true };

/** Octets in base64, 32 of them at least. */
const nonceKey = () =>
  z
    .string()
    .max(4096)
    .regex(/^[\w+/-]{43,}={0,2}$/, {
      error: "must be 32 octets or more in base64, such as `openssl rand -base64 32` makes",
    });

const challenge = setting(
  z
    .strictObject({
      key: setting(
        nonceKey(),
        "The key of the nonces, 32 octets or more in base64; the same for all servers that answer for a realm. `!file PATH` takes it from a file.",
        { ...SECRET, example: "x".repeat(43) },
      ),
      previousKeys: setting(
        z.array(nonceKey()).default([]),
        "Keys that were in use before: their nonces are still known.",
        SECRET,
      ),
      lifetimeMs: setting(milliseconds().default(300_000), "Milliseconds that a nonce is good for."),
      realm: setting(
        z.string().min(1).optional(),
        "Digest-Realm of all challenges. Left out: the domain of the User-Name, or of the SIP-AOR where there is none.",
      ),
      algorithm: setting(
        z.enum(["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"]).default("MD5"),
        "The algorithm that is offered: RFC 7616 section 3.3, RFC 8760.",
      ),
      qop: setting(
        z.enum(["", "auth", "auth-int", "auth,auth-int"]).default("auth"),
        "Digest-QoP that is offered; empty for none (RFC 2069).",
      ),
      delegate: setting(
        z.boolean().default(false),
        "`true`: the SIP server gets H(A1), which is as good as the password, and checks the response itself (RFC 4740 section 6.3). Over TLS only, to SIP servers that are trusted with all passwords.",
      ),
    })
    .optional(),
  "Challenges for SIP servers that leave them to the Diameter server (RFC 4740). OpenSIPS makes its own. Left out: none.",
);

const throttle = setting(
  z
    .strictObject({
      perUser: setting(
        count(0).default(20),
        "Failures of one user through one peer within `withinMs` until further attempts are refused unseen; 0 for never.",
      ),
      perPeer: setting(
        count(0).default(0),
        "The same of all users of one peer; 0, never: a SIP proxy speaks for everybody.",
      ),
      withinMs: setting(milliseconds().default(60_000), "Milliseconds."),
    })
    .prefault({}),
  "Against guessing of passwords.",
);

const onReject = setting(
  z
    .array(
      z.strictObject({
        peer: setting(identity().optional(), "Origin-Host.", { example: "opensips.example.net" }),
        productName: setting(z.string().min(1).optional(), "Product-Name of its CER."),
        leastFirmwareRevision: setting(
          count(0).optional(),
          "Firmware-Revision of its CER, this or greater. OpenSIPS sends the version of the freeDiameter library within it, not its own.",
        ),
        onReject: setting(
          z.enum(["answer", "silence"]),
          "`silence`: it gets no answer where it is refused, for it takes any answer for success, as OpenSIPS 3.5 and later do. Never for OpenSIPS 3.2, which waits for ever.",
        ),
      }),
    )
    .default([]),
  "Who gets no answer where a user is refused; the first rule that fits decides, and nobody where none does. See [OpenSIPS](opensips.md).",
  { reload: true, example: [{ peer: "opensips.example.net", onReject: "silence" }] },
);

export const authenticationSettings = setting(
  z
    .strictObject({
      answerWithinMs: setting(
        milliseconds().default(1500),
        "Milliseconds after which 5012 is answered though the database has not. OpenSIPS from 3.3 on waits 2 s, and may crash on an answer that comes later.",
        { reload: true },
      ),
      revealUnknownUser: setting(
        z.boolean().default(true),
        "`true`: an unknown user is answered 5032 (DIAMETER_ERROR_USER_UNKNOWN), as app_opensips does. `false`: 4001, as a wrong password.",
        { reload: true },
      ),
      onReject,
      throttle,
      challenge,
    })
    .prefault({}),
  "Authentication of SIP requests by digest.",
);
