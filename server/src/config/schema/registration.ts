/** Registrations of RFC 4740. */
import { z } from "zod";
import { setting } from "./setting.js";
import { diameterUri, milliseconds } from "./values.js";

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
