/** Judgements on RFC 6733 section 3: the header. */
import { type Judgement, met, partly, testsIn } from "./judgement.js";

const answers = testsIn("conformance/hostile/answers.test.ts");
const duplicates = testsIn("conformance/hostile/duplicates.test.ts");
const strictTests = testsIn("conformance/hostile/strict.test.ts");
const applicationTests = testsIn("conformance/rfc6733/applications.test.ts");
const grammars = testsIn("conformance/rfc6733/grammars.test.ts");
const section3Tests = testsIn("conformance/rfc6733/section-3.test.ts");
const issues = testsIn("diamgen/generated/issues.test.ts");
const roundtrip = testsIn("diamgen/generated/roundtrip.test.ts");
const facts = testsIn("dictionary/facts.test.ts");
const interpreter = testsIn("dictionary/interpret/hostile.test.ts");
const errorAnswer = testsIn("runtime/error-answer.test.ts");
const livePeers = testsIn("runtime/node/live-peers.test.ts");
const requests = testsIn("runtime/node/requests.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const baseMessages = testsIn("runtime/peer/base-messages.test.ts");
const wire = testsIn("runtime/peer/wire.test.ts");
const forward = testsIn("runtime/routing/forward.test.ts");
const identifiers = testsIn("runtime/routing/identifiers.test.ts");
const records = testsIn("server/diameter/opensips-records.test.ts");
const types = testsIn("types/types.test.ts");

export const section3: readonly Judgement[] = [
  met(
    "6733-3-1",
    "992bce3d",
    "Always 1; another version is answered 5011.",
    ...section3Tests(
      "section 3: all that a node sends has Version 1, no reserved bit, E in no request, T in nothing that is sent once",
    ),
    ...serving("a version other than 1: 5011, then the connection is closed, for its framing is lost"),
  ),
  met(
    "6733-3-2",
    "d29fdbff",
    "A relay answers a request without P instead of passing it on.",
    ...forward("never passes on a request without the P bit"),
  ),
  met(
    "6733-3-3",
    "15f65a4c",
    "Never set; received so, 3008.",
    ...section3Tests(
      "section 3: all that a node sends has Version 1, no reserved bit, E in no request, T in nothing that is sent once",
    ),
    ...serving("%s, with the E bit"),
  ),
  met(
    "6733-3-4",
    "5cb1cf8a",
    "Clear the first time, unless the program says that it may have sent the request before; set by every failover.",
    ...requests(
      "the T bit from the start where the caller has sent it before; section 3",
      "a peer that goes: its request goes to another one, with the T bit, the same End-to-End Identifier and another Hop-by-Hop Identifier",
    ),
    ...livePeers("what is not answered in time goes to another peer, with the T bit"),
  ),
  met(
    "6733-3-5",
    "1980b3fd",
    "Flags are copied.",
    ...forward("6.1.9: a request > keeps every octet but the length, and has Route-Record behind them"),
  ),
  met(
    "6733-3-6",
    "7390e797",
    "After an error answer the alternate gets it without T, unless T was set before because somebody else did not answer.",
    ...section3Tests(
      "section 3: after an error answer, the request goes to another peer without the T bit",
      "section 3: T, once it is set because nobody acknowledged the request, stays after another peer's error answer",
    ),
  ),
  met(
    "6733-3-7",
    "721faaf1",
    "Of the request's flags, an answer takes over P only.",
    ...section3Tests(
      "section 3: all that a node sends has Version 1, no reserved bit, E in no request, T in nothing that is sent once",
    ),
    ...errorAnswer("request flags %i and Result-Code %i make answer flags %i"),
  ),
  met(
    "6733-3-8",
    "49e9b54a",
    "Zero in all that a node makes, ignored in what it serves; a relay copies them.",
    ...section3Tests(
      "section 3: all that a node sends has Version 1, no reserved bit, E in no request, T in nothing that is sent once",
      "section 3: reserved Command Flags of a request are ignored",
    ),
  ),
  partly(
    "6733-3-9",
    "24e607f2",
    "What the node fills in is the same as in the header. A request of a program with another value is refused before it is sent; what a peer sends is borne by default, and refused in strict mode.",
    ...roundtrip(
      "is its own name, the session and the application",
      "is Vendor-Specific-Application-Id in an application of a vendor",
    ),
    ...applicationTests("a program's request with a Vendor-Specific-Application-Id %s is refused before it is sent"),
    ...strictTests("refused in strict mode > %s"),
  ),
  met(
    "6733-3-10",
    "9d125415",
    "Counted up per connection; one that is still in flight is passed over.",
    ...section3Tests(
      "section 3: Hop-by-Hop and End-to-End Identifiers of requests in flight are all different",
      "section 3: a Hop-by-Hop Identifier that is still in flight is not given out again, over the edge of 2^32",
    ),
  ),
  met(
    "6733-3-11",
    "3d88f5d5",
    "Copied from the request; a relay restores it.",
    ...serving("6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination"),
    ...forward("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection"),
  ),
  met(
    "6733-3-12",
    "435c0d25",
    "Dropped, counted, and told as an event.",
    ...requests("6.2.1: an answer with %s is dropped and counted, and the request waits on"),
    ...wire("a CEA with another Hop-by-Hop Identifier answers nothing (section 3)"),
    ...answers(
      "row 11: an answer that answers nothing is dropped and counted; the request goes on waiting (sections 3 and 6.2.1) > %s",
    ),
  ),
  met(
    "6733-3-13",
    "d06e44df",
    "Counted up per node.",
    ...section3Tests("section 3: Hop-by-Hop and End-to-End Identifiers of requests in flight are all different"),
  ),
  met(
    "6733-3-14",
    "50ce4fde",
    "As the RFC proposes: the time above, a random start below. A node that sends more than 2^20 requests a second for long would run ahead of its clock.",
    ...identifiers(
      "section 3: End-to-End Identifiers have the low 12 bits of the time in the high 12 bits, and 20 random bits",
    ),
  ),
  met(
    "6733-3-15",
    "86ef9b7b",
    "Copied from the request.",
    ...serving(
      "6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination",
      "%s, with the E bit",
    ),
  ),
  met(
    "6733-3-16",
    "59c009c4",
    "A relay copies it.",
    ...forward(
      "6.1.9: a request > keeps every octet but the length, and has Route-Record behind them",
      "passes requests and answers on, with what no dictionary knows, and the identifiers of each connection",
    ),
  ),
  partly(
    "6733-3-17",
    "1e67e3ac",
    "With the option `duplicates` of a command, the same octets again and no second run of the handler; without it the handler runs again. The accounting server keeps a record once in any case.",
    ...duplicates(
      "a duplicate %s gets the same octets but for the Hop-by-Hop Identifier; the handler runs once",
      "without `duplicates` the handler runs again: opt-in",
    ),
    ...records("many at once, each twice"),
  ),
  met(
    "6733-3-18",
    "4f058056",
    "Dropped and counted.",
    ...requests("a second answer to one request is dropped"),
    ...answers("row 12: the second answer to one request is dropped and counted"),
  ),
  met(
    "6733-3.1-1",
    "d7a181d7",
    "Every message that is made has its command's code; one that nobody serves is 3001.",
    ...serving("%s, with the E bit"),
    ...baseMessages("headers: R for requests, no P, Application-Id 0; E for 3xxx only"),
  ),
  met(
    "6733-3.2-1",
    "508cedf1",
    "Ours have, with the grammars of their documents.",
    ...grammars("every command has a grammar for its request and its answer (section 3.2)"),
    ...facts("grammars of commands, in the order of the RFC"),
  ),
  met(
    "6733-3.2-2",
    "38c082b1",
    "Absent from an init it does not compile, and from a received message it is 5005.",
    ...issues("AVP %i: Failed-AVP has it with data of minimum length, zero-filled"),
    ...types("types of generated code > accept and refuse what they should"),
  ),
  met(
    "6733-3.2-3",
    "7fd83b76",
    "The second one is 5009.",
    ...issues("the second of one that may come once, the first is kept"),
  ),
  met(
    "6733-3.2-4",
    "c325d440",
    "A dictionary that says otherwise is warned about (DG1024), and read by its minimum. Ours do not.",
    ...grammars("an optional rule may occur 0 times; a fixed or required one at least once (section 3.2)"),
  ),
  met(
    "6733-3.2-5",
    "69625337",
    "As 6733-3.2-4.",
    ...grammars("an optional rule may occur 0 times; a fixed or required one at least once (section 3.2)"),
  ),
  met(
    "6733-3.2-6",
    "1ea7804e",
    "Such an AVP is 5009, whatever its flags.",
    ...interpreter("bounds > *0 [ A ] must not occur, whatever its flags"),
  ),
];
