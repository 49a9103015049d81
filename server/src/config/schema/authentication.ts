/** Multimedia-Auth-Requests. */
import { z } from "zod";
import { setting } from "./setting.js";
import { milliseconds } from "./values.js";

export const authenticationSettings = setting(
  z
    .strictObject({
      answerWithinMs: setting(
        milliseconds().default(1500),
        "Milliseconds after which 5012 is answered though the database has not. OpenSIPS from 3.3 on waits 2 s, and may crash on an answer that comes later.",
      ),
      revealUnknownUser: setting(
        z.boolean().default(true),
        "`true`: an unknown user is answered 5032 (DIAMETER_ERROR_USER_UNKNOWN), as app_opensips does. `false`: 4001, as a wrong password.",
      ),
    })
    .prefault({}),
  "Authentication of SIP requests by digest.",
  { reload: true },
);
