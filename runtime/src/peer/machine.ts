/**
 * The peer state machine of RFC 6733 section 5.6, as a pure table in the RFC's words: I- is the connection that we initiated, R- the one
 * that we answer as responder.
 *
 * Three kinds of entry, and every pair of state and event is one of them:
 * - `RFC`: the rows of section 5.6, all of them, unchanged;
 * - `OURS`: what the RFC leaves open, each row with its reason;
 * - everything else cannot happen, or has nothing to do: `IGNORED` says which of the two.
 *
 * A CER that is refused (unknown peer, no common application, grammar) never comes here: section 5.6.1 puts what happens before a
 * connection belongs to a peer outside of the machine, see `acceptor.ts`.
 */

export const states = [
  "Closed",
  "Wait-Conn-Ack",
  "Wait-I-CEA",
  "Wait-Conn-Ack/Elect",
  "Wait-Returns",
  "R-Open",
  "I-Open",
  "Closing",
  // Ours: capabilities are exchanged, and the TLS handshake that they agreed upon is under way.
  "I-Open/TLS",
  "R-Open/TLS",
] as const;
export type State = (typeof states)[number];

export const events = [
  "Start",
  "Stop",
  "Send-Message",
  "Timeout",
  "Win-Election",
  "R-Conn-CER",
  "I-Rcv-Conn-Ack",
  "I-Rcv-Conn-Nack",
  "I-Rcv-CEA",
  "I-Rcv-Non-CEA",
  "I-Rcv-CER",
  "I-Rcv-DWR",
  "I-Rcv-DWA",
  "I-Rcv-DPR",
  "I-Rcv-DPA",
  "I-Rcv-Message",
  "I-Peer-Disc",
  "R-Rcv-CER",
  "R-Rcv-CEA",
  "R-Rcv-DWR",
  "R-Rcv-DWA",
  "R-Rcv-DPR",
  "R-Rcv-DPA",
  "R-Rcv-Message",
  "R-Peer-Disc",
  // Ours: TLS was agreed upon in CER and CEA, and its handshake has succeeded. One that fails ends as I-Peer-Disc or R-Peer-Disc.
  "Start-TLS",
  "TLS-Done",
] as const;
export type Event = (typeof events)[number];

/** Actions of section 5.6.3. Without a prefix, an action means the one connection that is left. */
export type Action =
  | "I-Snd-Conn-Req"
  | "R-Accept"
  | "R-Reject"
  | "Process-CER"
  | "I-Snd-CER"
  | "R-Snd-CEA"
  | "Cleanup"
  | "Error"
  | "Process-CEA"
  | "Elect"
  | "I-Disc"
  | "R-Disc"
  | "I-Snd-DPR"
  | "R-Snd-DPR"
  | "I-Snd-DPA"
  | "R-Snd-DPA"
  | "I-Snd-Message"
  | "R-Snd-Message"
  | "I-Snd-DWA"
  | "R-Snd-DWA"
  | "Snd-DPA"
  | "Snd-DWA"
  | "Snd-Message"
  | "Process-DWR"
  | "Process-DWA"
  | "Process"
  // Ours.
  | "I-Handshake"
  | "R-Handshake";

export interface Transition {
  readonly state: State;
  readonly actions: readonly Action[];
}

type Row = readonly [event: Event, actions: readonly Action[], next: State];
type Rows = Readonly<Record<State, readonly Row[]>>;

/** Section 5.6, row by row. */
export const RFC: Rows = {
  Closed: [
    ["Start", ["I-Snd-Conn-Req"], "Wait-Conn-Ack"],
    ["R-Conn-CER", ["R-Accept", "Process-CER", "R-Snd-CEA"], "R-Open"],
  ],
  "Wait-Conn-Ack": [
    ["I-Rcv-Conn-Ack", ["I-Snd-CER"], "Wait-I-CEA"],
    ["I-Rcv-Conn-Nack", ["Cleanup"], "Closed"],
    ["R-Conn-CER", ["R-Accept", "Process-CER"], "Wait-Conn-Ack/Elect"],
    ["Timeout", ["Error"], "Closed"],
  ],
  "Wait-I-CEA": [
    ["I-Rcv-CEA", ["Process-CEA"], "I-Open"],
    ["R-Conn-CER", ["R-Accept", "Process-CER", "Elect"], "Wait-Returns"],
    ["I-Peer-Disc", ["I-Disc"], "Closed"],
    ["I-Rcv-Non-CEA", ["Error"], "Closed"],
    ["Timeout", ["Error"], "Closed"],
  ],
  "Wait-Conn-Ack/Elect": [
    ["I-Rcv-Conn-Ack", ["I-Snd-CER", "Elect"], "Wait-Returns"],
    ["I-Rcv-Conn-Nack", ["R-Snd-CEA"], "R-Open"],
    ["R-Peer-Disc", ["R-Disc"], "Wait-Conn-Ack"],
    ["R-Conn-CER", ["R-Reject"], "Wait-Conn-Ack/Elect"],
    ["Timeout", ["Error"], "Closed"],
  ],
  "Wait-Returns": [
    ["Win-Election", ["I-Disc", "R-Snd-CEA"], "R-Open"],
    ["I-Peer-Disc", ["I-Disc", "R-Snd-CEA"], "R-Open"],
    ["I-Rcv-CEA", ["R-Disc"], "I-Open"],
    ["R-Peer-Disc", ["R-Disc"], "Wait-I-CEA"],
    ["R-Conn-CER", ["R-Reject"], "Wait-Returns"],
    ["Timeout", ["Error"], "Closed"],
  ],
  "R-Open": [
    ["Send-Message", ["R-Snd-Message"], "R-Open"],
    ["R-Rcv-Message", ["Process"], "R-Open"],
    ["R-Rcv-DWR", ["Process-DWR", "R-Snd-DWA"], "R-Open"],
    ["R-Rcv-DWA", ["Process-DWA"], "R-Open"],
    ["R-Conn-CER", ["R-Reject"], "R-Open"],
    ["Stop", ["R-Snd-DPR"], "Closing"],
    ["R-Rcv-DPR", ["R-Snd-DPA"], "Closing"],
    ["R-Peer-Disc", ["R-Disc"], "Closed"],
  ],
  "I-Open": [
    ["Send-Message", ["I-Snd-Message"], "I-Open"],
    ["I-Rcv-Message", ["Process"], "I-Open"],
    ["I-Rcv-DWR", ["Process-DWR", "I-Snd-DWA"], "I-Open"],
    ["I-Rcv-DWA", ["Process-DWA"], "I-Open"],
    ["R-Conn-CER", ["R-Reject"], "I-Open"],
    ["Stop", ["I-Snd-DPR"], "Closing"],
    ["I-Rcv-DPR", ["I-Snd-DPA"], "Closing"],
    ["I-Peer-Disc", ["I-Disc"], "Closed"],
  ],
  Closing: [
    ["I-Rcv-DPA", ["I-Disc"], "Closed"],
    ["R-Rcv-DPA", ["R-Disc"], "Closed"],
    ["Timeout", ["Error"], "Closed"],
    ["I-Peer-Disc", ["I-Disc"], "Closed"],
    ["R-Peer-Disc", ["R-Disc"], "Closed"],
  ],
  "I-Open/TLS": [],
  "R-Open/TLS": [],
};

/** Any message on our connection other than the CEA that we wait for. */
const NON_CEA = ["I-Rcv-CER", "I-Rcv-DWR", "I-Rcv-DWA", "I-Rcv-DPR", "I-Rcv-DPA", "I-Rcv-Message"] as const;
/** Any message on the peer's connection. */
const R_RECEIVED = [
  "R-Rcv-CER",
  "R-Rcv-CEA",
  "R-Rcv-DWR",
  "R-Rcv-DWA",
  "R-Rcv-DPR",
  "R-Rcv-DPA",
  "R-Rcv-Message",
] as const;

/** What section 5.6 leaves open. */
export const OURS: Rows = {
  Closed: [],
  "Wait-Conn-Ack": [
    // Stop is defined for the open states only; a node that stops while it connects gives up connecting.
    ["Stop", ["Cleanup"], "Closed"],
  ],
  "Wait-I-CEA": [
    // Without capabilities exchanged there is nobody to send a DPR to.
    ["Stop", ["I-Disc"], "Closed"],
    // Section 5.6.2: Rcv-Non-CEA is "a message, other than a CEA".
    ...NON_CEA.map((event): Row => [event, ["Error"], "Closed"]),
  ],
  "Wait-Conn-Ack/Elect": [
    ["Stop", ["Cleanup", "R-Disc"], "Closed"],
    // The peer has no CEA from us yet and must not send: its connection is worth nothing, ours may still come.
    ...R_RECEIVED.map((event): Row => [event, ["R-Disc"], "Wait-Conn-Ack"]),
  ],
  "Wait-Returns": [
    ["Stop", ["I-Disc", "R-Disc"], "Closed"],
    // As with I-Peer-Disc: our connection is worth nothing, the peer's stands. A CEA that refuses us (ELECTION_LOST) comes here too.
    ...(["I-Rcv-Non-CEA", ...NON_CEA] as const).map((event): Row => [event, ["I-Disc", "R-Snd-CEA"], "R-Open"]),
    ...R_RECEIVED.map((event): Row => [event, ["R-Disc"], "Wait-I-CEA"]),
  ],
  "R-Open": [
    // Capabilities are exchanged once a connection; a peer that begins anew is not in the state that we think it is in.
    ["R-Rcv-CER", ["Error"], "Closed"],
    // Section 5.6 has the handshake begin "in the open state" and names no state for it: until it is done nothing may be sent.
    ["Start-TLS", ["R-Handshake"], "R-Open/TLS"],
    // The watchdog's CloseConnection (RFC 3539 appendix A): no DWA came.
    ["Timeout", ["Error"], "Closed"],
  ],
  "I-Open": [
    ["I-Rcv-CER", ["Error"], "Closed"],
    ["Start-TLS", ["I-Handshake"], "I-Open/TLS"],
    ["Timeout", ["Error"], "Closed"],
  ],
  Closing: [
    // Answers to what is in flight go out and come in until the connection is closed; section 5.4 wants no race.
    ["Send-Message", ["Snd-Message"], "Closing"],
    ["I-Rcv-Message", ["Process"], "Closing"],
    ["R-Rcv-Message", ["Process"], "Closing"],
    ["I-Rcv-DWR", ["Process-DWR", "Snd-DWA"], "Closing"],
    ["R-Rcv-DWR", ["Process-DWR", "Snd-DWA"], "Closing"],
    ["I-Rcv-DWA", ["Process-DWA"], "Closing"],
    ["R-Rcv-DWA", ["Process-DWA"], "Closing"],
    // Both sides stop at the same time, and each answers the other.
    ["I-Rcv-DPR", ["Snd-DPA"], "Closing"],
    ["R-Rcv-DPR", ["Snd-DPA"], "Closing"],
    // The peer is back before the old connection is gone: it will come again.
    ["R-Conn-CER", ["R-Reject"], "Closing"],
  ],
  "I-Open/TLS": [
    ["TLS-Done", [], "I-Open"],
    // Section 13: where the handshake fails, both ends move to Closed.
    ["I-Peer-Disc", ["I-Disc"], "Closed"],
    // As in I-Open.
    ["R-Conn-CER", ["R-Reject"], "I-Open/TLS"],
    ["Timeout", ["Error"], "Closed"],
    // A DPR could not be sent.
    ["Stop", ["Error"], "Closed"],
  ],
  "R-Open/TLS": [
    ["TLS-Done", [], "R-Open"],
    ["R-Peer-Disc", ["R-Disc"], "Closed"],
    ["R-Conn-CER", ["R-Reject"], "R-Open/TLS"],
    ["Timeout", ["Error"], "Closed"],
    ["Stop", ["Error"], "Closed"],
  ],
};

const I_RECEIVED = ["I-Rcv-CEA", "I-Rcv-Non-CEA", ...NON_CEA] as const satisfies readonly Event[];
const I_EVENTS = [...I_RECEIVED, "I-Peer-Disc"] as const satisfies readonly Event[];
/** Of a handshake that is not under way, or has not been agreed upon. */
const TLS = ["Start-TLS", "TLS-Done"] as const satisfies readonly Event[];
const CONNECTED = ["I-Rcv-Conn-Ack", "I-Rcv-Conn-Nack"] as const satisfies readonly Event[];
const R_EVENTS = [...R_RECEIVED, "R-Peer-Disc"] as const satisfies readonly Event[];

/**
 * Pairs that change nothing. Events of a connection that the state does not have cannot happen: the shell drops a connection's events
 * when it drops the connection. The others are asked for at the wrong time (Start when started, Stop when stopped), or are
 * messages that nobody waits for (a CEA or DPA on an open connection: an answer without its request, section 3).
 */
export const IGNORED: Readonly<Record<State, readonly Event[]>> = {
  Closed: ["Stop", "Send-Message", "Timeout", "Win-Election", ...CONNECTED, ...I_EVENTS, ...R_EVENTS, ...TLS],
  "Wait-Conn-Ack": ["Start", "Send-Message", "Win-Election", ...I_EVENTS, ...R_EVENTS, ...TLS],
  "Wait-I-CEA": ["Start", "Send-Message", "Win-Election", ...CONNECTED, ...R_EVENTS, ...TLS],
  "Wait-Conn-Ack/Elect": ["Start", "Send-Message", "Win-Election", ...I_EVENTS, ...TLS],
  "Wait-Returns": ["Start", "Send-Message", ...CONNECTED, ...TLS],
  "R-Open": ["Start", "Win-Election", ...CONNECTED, ...I_EVENTS, "R-Rcv-CEA", "R-Rcv-DPA", "TLS-Done"],
  "I-Open": ["Start", "Win-Election", ...CONNECTED, "I-Rcv-CEA", "I-Rcv-Non-CEA", "I-Rcv-DPA", ...R_EVENTS, "TLS-Done"],
  Closing: [
    "Start",
    "Stop",
    "Win-Election",
    ...CONNECTED,
    "I-Rcv-CEA",
    "I-Rcv-Non-CEA",
    "I-Rcv-CER",
    "R-Rcv-CER",
    "R-Rcv-CEA",
    ...TLS,
  ],
  // Nothing that comes is a message before the handshake is done.
  "I-Open/TLS": ["Start", "Send-Message", "Win-Election", "Start-TLS", ...CONNECTED, ...I_RECEIVED, ...R_EVENTS],
  "R-Open/TLS": ["Start", "Send-Message", "Win-Election", "Start-TLS", ...CONNECTED, ...I_EVENTS, ...R_RECEIVED],
};

type Table = Readonly<Record<State, Readonly<Record<Event, Transition>>>>;

function buildTable(): Table {
  const table = {} as Record<State, Record<Event, Transition>>;
  for (const state of states) {
    const row = {} as Record<Event, Transition>;
    const stay: Transition = { state, actions: [] };
    for (const event of events) row[event] = stay;
    for (const [event, actions, next] of [...RFC[state], ...OURS[state]]) row[event] = { state: next, actions };
    table[state] = row;
  }
  return table;
}

const TABLE: Table = /*@__PURE__*/ buildTable();

/** What `event` does in `state`; total, and without effects. */
export function transition(state: State, event: Event): Transition {
  return TABLE[state][event];
}
