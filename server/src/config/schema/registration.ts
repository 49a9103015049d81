/** Registrations of RFC 4740. */
import { z } from "zod";
import { setting } from "./setting.js";
import { count, diameterUri, milliseconds } from "./values.js";

/** Unsigned32. */
const seconds = (least: number) => count(least, 0xffff_ffff);

const uris = (description: string) =>
  setting(z.array(diameterUri()).default([]), description, {
    example: ["aaa://acct.example.net:3868;transport=tcp"],
  });

export const registrationSettings = setting(
  z
    .strictObject({
      answerWithinMs: setting(
        milliseconds().default(1500),
        "Milliseconds after which 5012 is answered though the database has not.",
      ),
      requireUserName: setting(
        z.boolean().default(false),
        "`true`: User-Authorization, and the Server-Assignment of a registration, without User-Name are answered 4013 (DIAMETER_USER_NAME_REQUIRED). `false`: the SIP-AOR says whose they are.",
      ),
      keepServers: setting(
        z.boolean().default(true),
        "`false`: a SIP server that asks to be kept for a user who is no longer registered is not (2006).",
      ),
      sessions: setting(
        z
          .strictObject({
            maintain: setting(
              z.enum(["never", "requested"]).default("never"),
              "`requested`: a registration has a Diameter session where the SIP server's Auth-Session-State is STATE_MAINTAINED: it ends by STR and ASR, and by itself when it is not refreshed. `never`: registrations end by SAR and RTR alone.",
            ),
            authorizationLifetimeSeconds: setting(
              seconds(1).default(3600),
              "Authorization-Lifetime in seconds: until then the SIP server must register the user again. A smaller one in its request counts. 4294967295: no limit, the AVP is left out.",
            ),
            authGracePeriodSeconds: setting(
              seconds(0).default(60),
              "Auth-Grace-Period in seconds: for so long the registration stays after that.",
            ),
          })
          .prefault({}),
        "Diameter sessions of registrations, RFC 4740 section 6.7. A session that is open goes on until it ends, also after a change to `never`.",
      ),
      accountingInformation: setting(
        z
          .strictObject({
            accountingServers: uris("SIP-Accounting-Server-URI, one each: where SIP servers send accounting."),
            creditControlServers: uris("SIP-Credit-Control-Server-URI, one each: where SIP servers ask for credit."),
          })
          .optional(),
        "SIP-Accounting-Information for SIP servers that have a user. Left out: not sent.",
      ),
    })
    .prefault({}),
  "Registrations of SIP servers by RFC 4740, which OpenSIPS does not use: see [rfc4740.md](rfc4740.md).",
  { reload: true },
);
