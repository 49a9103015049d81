import type { Event } from "./machine.js";

/** What is received, as events of the peer state machine, by the side of its connection: I we initiated, R the peer did. */
export const RECEIVED = {
  I: {
    cer: "I-Rcv-CER",
    cea: "I-Rcv-CEA",
    nonCea: "I-Rcv-Non-CEA",
    dwr: "I-Rcv-DWR",
    dwa: "I-Rcv-DWA",
    dpr: "I-Rcv-DPR",
    dpa: "I-Rcv-DPA",
    message: "I-Rcv-Message",
    disc: "I-Peer-Disc",
  },
  R: {
    cer: "R-Rcv-CER",
    cea: "R-Rcv-CEA",
    // We send no CER there: no CEA can be one that we wait for.
    nonCea: "R-Rcv-CEA",
    dwr: "R-Rcv-DWR",
    dwa: "R-Rcv-DWA",
    dpr: "R-Rcv-DPR",
    dpa: "R-Rcv-DPA",
    message: "R-Rcv-Message",
    disc: "R-Peer-Disc",
  },
} as const satisfies Record<"I" | "R", Record<string, Event>>;
