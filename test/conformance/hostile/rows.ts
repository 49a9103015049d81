/** The thirty hostile inputs and faults of ../shared/reference/hostile-inputs.md: what happens here, and which tests show it. */
import { testsIn } from "../rfc6733/judgement.js";

export interface Row {
  readonly number: number;
  readonly what: string;
  readonly outcome: string;
  /** `file > title`, below `test/`. */
  readonly tests: readonly string[];
  /** Names of `hostileRequests()`, which requests.test.ts sends as a peer, as a stranger, and as a CER. */
  readonly inputs: readonly string[];
}

const row = (
  number: number,
  what: string,
  outcome: string,
  tests: readonly string[],
  inputs: readonly string[] = [],
): Row => ({ number, what, outcome, tests, inputs });

const requests = testsIn("conformance/hostile/requests.test.ts");
const answers = testsIn("conformance/hostile/answers.test.ts");
const duplicates = testsIn("conformance/hostile/duplicates.test.ts");
const connections = testsIn("conformance/hostile/connections.test.ts");
const load = testsIn("conformance/hostile/load.test.ts");
const strict = testsIn("conformance/hostile/strict.test.ts");
const framing = testsIn("runtime/framing.test.ts");
const data = testsIn("runtime/data.test.ts");
const count = testsIn("runtime/count.test.ts");
const recursion = testsIn("diamgen/generated/recursion.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const asking = testsIn("runtime/node/requests.test.ts");
const peers = testsIn("runtime/node/peers.test.ts");
const events = testsIn("runtime/node/events.test.ts");
const forward = testsIn("runtime/routing/forward.test.ts");
const dictionaries = testsIn("dictionary/hostile.test.ts");
const authentication = testsIn("server/authentication.test.ts");
const nonces = testsIn("server/nonce.test.ts");
const challenges = testsIn("server/diameter/challenge.test.ts");
const files = testsIn("server/accounting/files.test.ts");
const spool = testsIn("server/accounting/spool.test.ts");

/** Where each of the `inputs` is sent: as a peer, before the CER, and in the place of the CER. */
const SENT = requests(
  "from a peer > %s",
  "before the CER (section 5.6.1): closed without a word > %s",
  "as the first message, made of a CER: answered, or closed without a word, and never a peer > %s",
);
const BORNE = strict("borne by default > %s", "refused in strict mode > %s");

export const ROWS: readonly Row[] = [
  row(1, "Message Length below 20", "5015 once, closed; nothing is allocated", SENT, [
    ...["Message Length 0", "Message Length 4", "Message Length 19"],
  ]),
  row(2, "Message Length that is no multiple of four", "5015, closed", SENT, [
    "Message Length that is no multiple of four",
  ]),
  row(
    3,
    "Message Length above the limit",
    "5015, closed; room for what has come only",
    [...SENT, ...framing("a length of 16 MiB takes no more room than what has come")],
    ["Message Length of 16 MiB"],
  ),
  row(4, "Message Length beyond what follows", "closed after `frameTimeoutMs`", SENT, [
    "Message Length beyond what follows",
  ]),
  row(5, "Message Length below what follows", "what follows is no header: closed", SENT, [
    "Message Length below what follows",
  ]),
  row(6, "version other than 1", "5011, closed; before the CER closed", SENT, ["version 2"]),
  row(
    7,
    "E bit in a request; reserved bits of the header",
    "3008; ignored, 5013 in strict mode",
    [...SENT, ...BORNE],
    ["E bit in a request", "reserved bits in Command Flags"],
  ),
  row(8, "T bit in an answer; a routed request without the P bit", "ignored; never passed on, 3008 in strict mode", [
    ...answers("row 8: the T bit, and reserved bits, in an answer are nobody's business"),
    ...forward("never passes on a request without the P bit"),
    ...connections("rows 8 and 30: what is for somebody else > %s"),
    ...BORNE,
  ]),
  row(
    9,
    "unknown command",
    "3001 with the E bit, Session-Id and Proxy-Info",
    [...SENT, ...serving("6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination")],
    ["unknown command"],
  ),
  row(
    10,
    "unknown application; an *-Application-Id of another one",
    "3007; borne, 5004 in strict mode",
    [...SENT, ...BORNE],
    ["unknown application", "application of relays"],
  ),
  row(11, "answer with a strange Hop-by-Hop Identifier, End-to-End Identifier or command", "dropped, counted", [
    ...answers(
      "row 11: an answer that answers nothing is dropped and counted; the request goes on waiting (sections 3 and 6.2.1) > %s",
    ),
    ...serving(
      "a DWA that nobody asked for, or with another End-to-End Identifier, is dropped (freeDiameter #15 crashed)",
    ),
  ]),
  row(12, "second answer", "dropped, counted", [
    ...answers("row 12: the second answer to one request is dropped and counted"),
  ]),
  row(13, "duplicate request", "the same answer, the handler runs once, where `duplicates` is on", [
    ...duplicates(
      "with `duplicates` > a duplicate %s gets the same octets but for the Hop-by-Hop Identifier; the handler runs once",
      "on another connection, of another host: a failover (section 5.5.4)",
      "while the first is still being served: both get one answer",
      "without `duplicates` the handler runs again: opt-in",
    ),
    "server/diameter/opensips-records.test.ts > sent again with T on another connection, as freeDiameter does after a failover",
  ]),
  row(14, "one Hop-by-Hop Identifier in two requests", "both are answered", [
    ...load("row 14: two requests with one Hop-by-Hop Identifier in flight are both answered, whatever the order"),
  ]),
  row(15, "AVP Length below that of the header", "5014, Failed-AVP; what follows is not read", SENT, [
    ...["AVP Length 0", "AVP Length 7", "AVP Length 8 with the V bit", "AVP Length 11 with the V bit"],
  ]),
  row(16, "AVP Length beyond message or group", "5014, Failed-AVP", SENT, ["AVP Length beyond the message"]),
  row(17, "octets behind the last AVP", "5014, Failed-AVP", SENT, ["four octets behind the last AVP"]),
  row(
    18,
    "wrong size of a fixed-size format",
    "5014, Failed-AVP",
    [...SENT, ...data("octets that are no value > $name has $length octets, or it is 5014")],
    ["Unsigned32 of three octets", "Unsigned32 of five octets", "Unsigned32 without data"],
  ),
  row(19, "padding that is not zero; missing padding", "ignored; as row 2", SENT, [
    ...["padding that is not zero", "last padding left out"],
  ]),
  row(
    20,
    "groups within groups",
    "5012 beyond `maxGroupedDepth`; unknown ones are not looked into",
    [...SENT, ...recursion("do not make the stack grow, however deep a message is")],
    ["an unknown group of 10,000 levels"],
  ),
  row(
    21,
    "100,000 AVPs",
    "5012; 4097 are looked at",
    [...SENT, ...count("are looked at as far as it takes to know: 4097 of 131,000")],
    ["100,000 empty AVPs"],
  ),
  row(22, "AVP above its maximum", "5009, Failed-AVP is the first beyond it", SENT, [
    ...["64 times Origin-Host", "two Session-Ids"],
  ]),
  row(23, "required AVP missing; Session-Id not first", "5005 with an example; borne", SENT, [
    ...["no Origin-Host", "Session-Id last"],
  ]),
  row(
    24,
    "unknown AVP; AVP flags against the dictionary",
    "5001 with the M bit, else kept; borne, 3009 in strict mode",
    [
      ...SENT,
      ...BORNE,
      ...forward(
        "passes requests and answers on, with what no dictionary knows, and the identifiers of each connection",
      ),
    ],
    [
      ...["unknown AVP with the M bit", "unknown AVP of a vendor with the M bit", "unknown AVP without the M bit"],
      ...["V bit with Vendor-Id 0", "reserved bits in AVP Flags"],
    ],
  ),
  row(
    25,
    "values that are none; values that an Enumerated AVP does not have",
    "5004, Failed-AVP; borne, 5004 in strict mode",
    [...SENT, ...BORNE, ...data("octets that are no value > $name: $what is $code", "the era is told by the high bit")],
    [
      ...["Origin-Host with a NUL", "Origin-Realm that is not ASCII", "Origin-Realm with a space"],
      ...["Session-Id that is not UTF-8", "Session-Id in overlong UTF-8", "Session-Id with a NUL"],
    ],
  ),
  row(26, "no CER first; two; of somebody else; nothing in common", "closed; closed; 3010; 5010, 5017", [
    ...connections(
      "a CER %s, then the connection is closed",
      "a second CER on an open connection closes it",
      "a request with another's Origin-Host, with originHosts: %s",
    ),
    ...SENT.slice(1, 2),
  ]),
  row(27, "2000 half-open connections; one octet a second", "closed at once beyond the limits; after 10 s", [
    ...connections(
      "2000 half-open connections: 8 from one address stay until limits.cerTimeoutMs, and nobody else is kept out",
      "from many addresses: limits.maxUnidentified in all",
      "one octet at a time does not buy more time: before the CER, and as a peer",
    ),
  ]),
  row(28, "a peer that never reads; a flood", "closed, its requests fail over; 3004, waiting, 5012", [
    ...load(
      "row 28: a peer that never reads > is not read from either, holds no more than limits.maxOutputBytes, and is disconnected",
      "for our Destination-Host: 3004 at once (section 7.1.3), and nothing else stops",
      "for anybody's: they wait, DWR and DPR do not, and each is answered once and in its turn",
      "beyond limits.maxWaitingBytes: 5012, reading pauses, and what waits is bounded",
    ),
  ]),
  row(29, "both connect at once; lost DWA; restart; DPR in flight; broken connections", "as the state machines say", [
    ...peers(
      "both connect at once: one connection is left; names known: %s",
      "a peer that is back is used again after three DWAs",
      "a peer that cannot be reached is tried again after Tc, then less and less often",
    ),
    ...events("Origin-State-Id: growing is a restart; 0, the same or a lower one is none; names are bounded"),
    ...connections("row 29: connections that break > %s, of a stranger and of a peer"),
    ...load(
      "row 29: a DPR while a request is being served: the DPA at once, then its answer, and the connection stays for it (section 5.4)",
    ),
    ...asking(
      "a peer that goes: its request goes to another one, with the T bit, the same End-to-End Identifier and another Hop-by-Hop Identifier",
      "without another peer it is rejected once, as sent, and to whom",
    ),
  ]),
  row(
    30,
    "loops, agents, handlers, clocks, full disks, wrong dictionaries, replayed digests",
    "3005, 3002, 3003; 5012; bounded; STORE_FULL; diagnostics; stale. An answer 3006 rejects the call: Redirect-Host is not followed",
    [
      ...connections("rows 8 and 30: what is for somebody else > %s"),
      ...forward(
        "6.1.3: a request that comes back to the relay is a loop (3005); one that nobody serves is 3002, with its Session-Id",
      ),
      ...answers(
        "row 30: an answer with the E bit, 3006 among them, rejects the call once: nothing is sent to Redirect-Host",
      ),
      ...load(
        "row 30: handlers > one that %s: 5012, one event, nothing of it on the wire",
        "one that hangs: 5012 after limits.handlerTimeoutMs; what it says later is dropped and counted",
        "a clock that jumps by %i ms does not hasten the timeout, and at most doubles it",
      ),
      ...authentication("a database that fails is 5012, with its error for the log"),
      ...authentication("an unknown user can be made to look like a wrong password"),
      ...files("a full disk: STORE_FULL, and no half line once there is room"),
      ...spool("a disk that is full: STORE_FULL, nothing of it is kept, and it goes on when there is room"),
      ...nonces("each count is good once, in any order within the window of 64"),
      ...challenges("replay of a nonce count: stale, with a new nonce; the next count is good"),
      ...dictionaries(
        "a bomb is not expanded",
        "that would end a comment, a string or a template in generated code are kept, with a warning",
      ),
    ],
  ),
];

/** The rows as docs/limits.md has them. */
export function tableOf(rows: readonly Row[]): string {
  const filesOf = (tests: readonly string[]) => [...new Set(tests.map((test) => test.split(" > ")[0]))];
  const lines = rows.map(({ number, what, outcome, tests }) => {
    const links = filesOf(tests).map((file) => `[${file}](../test/${file})`);
    return `| ${number} | ${what} | ${outcome} | ${links.join(", ")} |`;
  });
  return ["| | what comes | what happens | shown by |", "|---|---|---|---|", ...lines].join("\n");
}
