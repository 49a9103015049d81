/** The peer state machine: RFC 6733 section 5.6. */

import { describe, expect, test } from "vitest";
import {
  type Action,
  type Event,
  events,
  IGNORED,
  OURS,
  RFC,
  type State,
  states,
  transition,
} from "../../../runtime/src/peer/machine.js";

describe("RFC 6733 section 5.6, the table", () => {
  test("every pair of state and event is a row of the RFC, a row of ours, or ignored; none is two of them", () => {
    for (const state of states) {
      const rows = [...RFC[state], ...OURS[state]].map(([event]) => event);
      expect([...rows, ...IGNORED[state]].sort(), state).toEqual([...events].sort());
    }
  });

  test("the machine is total, pure, and stays within its states", () => {
    for (const state of states) {
      for (const event of events) {
        const { state: next, actions } = transition(state, event);
        expect(states).toContain(next);
        expect(transition(state, event)).toEqual({ state: next, actions });
        if (IGNORED[state].includes(event)) expect({ next, actions }).toEqual({ next: state, actions: [] });
      }
    }
  });

  /** The table as the RFC prints it; "=" in a state's place: the one above. Written apart from the implementation. */
  const printed = `
Closed              | Start           | I-Snd-Conn-Req                     | Wait-Conn-Ack
=                   | R-Conn-CER      | R-Accept, Process-CER, R-Snd-CEA   | R-Open
Wait-Conn-Ack       | I-Rcv-Conn-Ack  | I-Snd-CER                          | Wait-I-CEA
=                   | I-Rcv-Conn-Nack | Cleanup                            | Closed
=                   | R-Conn-CER      | R-Accept, Process-CER              | Wait-Conn-Ack/Elect
=                   | Timeout         | Error                              | Closed
Wait-I-CEA          | I-Rcv-CEA       | Process-CEA                        | I-Open
=                   | R-Conn-CER      | R-Accept, Process-CER, Elect       | Wait-Returns
=                   | I-Peer-Disc     | I-Disc                             | Closed
=                   | I-Rcv-Non-CEA   | Error                              | Closed
=                   | Timeout         | Error                              | Closed
Wait-Conn-Ack/Elect | I-Rcv-Conn-Ack  | I-Snd-CER, Elect                   | Wait-Returns
=                   | I-Rcv-Conn-Nack | R-Snd-CEA                          | R-Open
=                   | R-Peer-Disc     | R-Disc                             | Wait-Conn-Ack
=                   | R-Conn-CER      | R-Reject                           | Wait-Conn-Ack/Elect
=                   | Timeout         | Error                              | Closed
Wait-Returns        | Win-Election    | I-Disc, R-Snd-CEA                  | R-Open
=                   | I-Peer-Disc     | I-Disc, R-Snd-CEA                  | R-Open
=                   | I-Rcv-CEA       | R-Disc                             | I-Open
=                   | R-Peer-Disc     | R-Disc                             | Wait-I-CEA
=                   | R-Conn-CER      | R-Reject                           | Wait-Returns
=                   | Timeout         | Error                              | Closed
R-Open              | Send-Message    | R-Snd-Message                      | R-Open
=                   | R-Rcv-Message   | Process                            | R-Open
=                   | R-Rcv-DWR       | Process-DWR, R-Snd-DWA             | R-Open
=                   | R-Rcv-DWA       | Process-DWA                        | R-Open
=                   | R-Conn-CER      | R-Reject                           | R-Open
=                   | Stop            | R-Snd-DPR                          | Closing
=                   | R-Rcv-DPR       | R-Snd-DPA                          | Closing
=                   | R-Peer-Disc     | R-Disc                             | Closed
I-Open              | Send-Message    | I-Snd-Message                      | I-Open
=                   | I-Rcv-Message   | Process                            | I-Open
=                   | I-Rcv-DWR       | Process-DWR, I-Snd-DWA             | I-Open
=                   | I-Rcv-DWA       | Process-DWA                        | I-Open
=                   | R-Conn-CER      | R-Reject                           | I-Open
=                   | Stop            | I-Snd-DPR                          | Closing
=                   | I-Rcv-DPR       | I-Snd-DPA                          | Closing
=                   | I-Peer-Disc     | I-Disc                             | Closed
Closing             | I-Rcv-DPA       | I-Disc                             | Closed
=                   | R-Rcv-DPA       | R-Disc                             | Closed
=                   | Timeout         | Error                              | Closed
=                   | I-Peer-Disc     | I-Disc                             | Closed
=                   | R-Peer-Disc     | R-Disc                             | Closed`;

  let above = "";
  const rows = printed
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()) as [string, string, string, string])
    .map(([state, event, actions, next]) => {
      if (state !== "=") above = state;
      return [above, event, actions, next] as const;
    });

  test("the RFC has 43 rows, and the machine no other under its name", () => {
    expect(rows).toHaveLength(43);
    expect(Object.values(RFC).flat()).toHaveLength(43);
  });

  test.each(rows)("%s, %s: %s -> %s", (state, event, actions, next) => {
    expect(transition(state as State, event as Event)).toEqual({
      state: next as State,
      actions: actions.split(", ") as Action[],
    });
  });
});

describe("what RFC 6733 leaves open, decided", () => {
  test.each<[State, Event, readonly Action[], State]>([
    // 5.6.2: "A message, other than a CEA" before the CEA, whichever it is.
    ["Wait-I-CEA", "I-Rcv-DWR", ["Error"], "Closed"],
    ["Wait-I-CEA", "I-Rcv-CER", ["Error"], "Closed"],
    ["Wait-I-CEA", "I-Rcv-Message", ["Error"], "Closed"],
    // A CEA that refuses us, ELECTION_LOST (7.1.4) among them, leaves the peer's connection.
    ["Wait-Returns", "I-Rcv-Non-CEA", ["I-Disc", "R-Snd-CEA"], "R-Open"],
    // The peer must not send before our CEA.
    ["Wait-Returns", "R-Rcv-Message", ["R-Disc"], "Wait-I-CEA"],
    ["Wait-Conn-Ack/Elect", "R-Rcv-DWR", ["R-Disc"], "Wait-Conn-Ack"],
    // A second CER on an open connection.
    ["R-Open", "R-Rcv-CER", ["Error"], "Closed"],
    ["I-Open", "I-Rcv-CER", ["Error"], "Closed"],
    // RFC 3539: CloseConnection.
    ["R-Open", "Timeout", ["Error"], "Closed"],
    ["I-Open", "Timeout", ["Error"], "Closed"],
    // Stop while a connection is being made.
    ["Wait-Conn-Ack", "Stop", ["Cleanup"], "Closed"],
    ["Wait-I-CEA", "Stop", ["I-Disc"], "Closed"],
    ["Wait-Conn-Ack/Elect", "Stop", ["Cleanup", "R-Disc"], "Closed"],
    ["Wait-Returns", "Stop", ["I-Disc", "R-Disc"], "Closed"],
    // 5.4: what is in flight goes on while the connection closes, and DPRs may cross.
    ["Closing", "R-Rcv-Message", ["Process"], "Closing"],
    ["Closing", "Send-Message", ["Snd-Message"], "Closing"],
    ["Closing", "R-Rcv-DWR", ["Process-DWR", "Snd-DWA"], "Closing"],
    ["Closing", "I-Rcv-DPR", ["Snd-DPA"], "Closing"],
    ["Closing", "R-Conn-CER", ["R-Reject"], "Closing"],
    // 5.6 and 13: TLS that CER and CEA agreed upon begins "in the open state"; where it fails both ends are Closed.
    ["I-Open", "Start-TLS", ["I-Handshake"], "I-Open/TLS"],
    ["R-Open", "Start-TLS", ["R-Handshake"], "R-Open/TLS"],
    ["I-Open/TLS", "TLS-Done", [], "I-Open"],
    ["R-Open/TLS", "TLS-Done", [], "R-Open"],
    ["I-Open/TLS", "I-Peer-Disc", ["I-Disc"], "Closed"],
    ["R-Open/TLS", "R-Peer-Disc", ["R-Disc"], "Closed"],
    ["I-Open/TLS", "R-Conn-CER", ["R-Reject"], "I-Open/TLS"],
    ["R-Open/TLS", "Stop", ["Error"], "Closed"],
  ])("%s, %s: %j -> %s", (state, event, actions, next) => {
    expect(transition(state, event)).toEqual({ state: next, actions });
  });

  test("from every state, the end of the connections and Timeout lead to Closed", () => {
    for (const start of states) {
      let state: State = start;
      for (let i = 0; i < 3; i++)
        for (const event of ["I-Rcv-Conn-Nack", "I-Peer-Disc", "R-Peer-Disc"] as const)
          state = transition(state, event).state;
      expect(state).toBe("Closed");
      if (start !== "Closed") expect(transition(start, "Timeout").state).toBe("Closed");
    }
  });
});
