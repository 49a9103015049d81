/** Judgements on RFC 6733 section 7: errors. */
import { type Judgement, met, notApplicable, open, partly, testsIn } from "./judgement.js";

const load = testsIn("conformance/hostile/load.test.ts");
const applicationTests = testsIn("conformance/rfc6733/applications.test.ts");
const grammars = testsIn("conformance/rfc6733/grammars.test.ts");
const section6Tests = testsIn("conformance/rfc6733/section-6.test.ts");
const section7Tests = testsIn("conformance/rfc6733/section-7.test.ts");
const issues = testsIn("diamgen/generated/issues.test.ts");
const interpreter = testsIn("dictionary/interpret/hostile.test.ts");
const outcome = testsIn("hard-types/outcome.test.ts");
const erlangErrors = testsIn("interop/erlang-errors.test.ts");
const errorAnswer = testsIn("runtime/error-answer.test.ts");
const parts = testsIn("runtime/node/parts.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const errors = testsIn("server/diameter/errors.test.ts");

export const section7: readonly Judgement[] = [
  met(
    "6733-7-1",
    "4e464e1a",
    "The E bit follows Result-Code, wherever it comes from: the node, `context.error`, or a handler's own answer.",
    ...section7Tests("Result-Code %i in the command's own answer: E %s"),
    ...serving(
      "%s, with the E bit",
      "a handler's own errors have the layout of 7.2: E bit for 3xxx and 5xxx, none for 4xxx (7.1.4)",
    ),
  ),
  open(
    "6733-7-2",
    "26209409",
    "The caller is told what is wrong with the answer; sessions, which would be ended, are to come.",
  ),
  met(
    "6733-7-3",
    "1e7f3a0f",
    "Failed-AVP, made by the decoder.",
    ...errors("permanent failures name the AVP in Failed-AVP (RFC 6733 sections 7.1.5 and 7.5) > %s"),
    ...issues("is the issue, with the AVP as it came"),
  ),
  met(
    "6733-7-4",
    "4a40597b",
    "The first in the order of the octets; what is missing comes last.",
    ...errors("only the first error is told"),
    ...issues("are told in the order of the octets, what is missing at the end"),
  ),
  met(
    "6733-7.1-1",
    "6de8ae37",
    "Required in the answers of IETF applications.",
    ...grammars(
      "Result-Code is required once in every answer of an IETF application (section 7.1), Result-Code or Experimental-Result may stand in a vendor's (section 7.6)",
    ),
  ),
  met(
    "6733-7.1-2",
    "39bd9c91",
    "What a node answers is in its own name, Origin-Host; the errors of others are passed on as they are.",
    ...section6Tests("6.1.7: answers 3002 with the E bit where Route-Records name all candidates, in its own name"),
    ...serving("6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination"),
  ),
  met(
    "6733-7.1-3",
    "c5101f7b",
    "No success; and no class but 2xxx is one.",
    ...parts("outcome(): Result-Code first, else Experimental-Result with its vendor (RFC 6733 sections 7.1 and 7.6)"),
    ...outcome("Result-Code %d: ok is %s"),
  ),
  met(
    "6733-7.1.3-1",
    "8cd479e3",
    "After 3002 and 3004, relays and clients try another peer before the error goes on.",
    ...section6Tests(
      "7.1.3 and figure 7: tries the next peer where one cannot deliver; the last error goes back as it is",
    ),
    ...section7Tests("%i from one peer: an alternate is tried, each once; the last answer counts"),
  ),
  met(
    "6733-7.1.3-2",
    "43cba98a",
    "As 6733-7-1.",
    ...section7Tests("Result-Code %i in the command's own answer: E %s"),
    ...serving("%s, with the E bit"),
  ),
  met(
    "6733-7.1.3-3",
    "b2905f37",
    "Each peer that serves realm and application once, with the time of the request.",
    ...section7Tests(
      "%i from one peer: an alternate is tried, each once; the last answer counts",
      "a request for that very Destination-Host goes to no other peer",
    ),
  ),
  met(
    "6733-7.1.3-4",
    "e1b943cc",
    "Where the request has our Destination-Host; others wait, and are 5012 where too much waits.",
    ...load(
      "for our Destination-Host: 3004 at once (section 7.1.3), and nothing else stops",
      "beyond limits.maxWaitingBytes: 5012, reading pauses, and what waits is bounded",
    ),
  ),
  open("6733-7.1.3-5", "b6484bcc", "Redirect indications are not followed yet."),
  open("6733-7.1.3-6", "9151079f", "There are no redirect agents yet."),
  met(
    "6733-7.1.4-1",
    "cdf8e9ae",
    "4001 of the server, and any 4xxx of a handler.",
    ...section7Tests("Result-Code %i in the command's own answer: E %s"),
    ...errors("Proxy-Info comes back as it was, in its order (RFC 6733 section 6.2) > %s"),
  ),
  notApplicable("6733-7.1.4-2", "f869fe6b", "For access devices, which have users to ask."),
  met(
    "6733-7.1.5-1",
    "45cd9ccb",
    "Without it in the command's own grammar; where the runtime cannot keep to that, an answer-message with it, as the clause allows.",
    ...serving("7.1.5 and 7.2, %s, with the E bit and Failed-AVP"),
    ...section7Tests("Result-Code %i in the command's own answer: E %s"),
  ),
  met(
    "6733-7.1.5-2",
    "132b4593",
    "5001 with the AVP, as it came.",
    ...issues("is the issue, with the AVP as it came"),
    ...errors("permanent failures name the AVP in Failed-AVP (RFC 6733 sections 7.1.5 and 7.5) > %s"),
  ),
  met(
    "6733-7.1.5-3",
    "1ceb275f",
    "5004 with the AVP, within its groups.",
    ...errors("within groups, with the groups around it"),
    ...issues("says it for each value of a list, and for one in a group"),
  ),
  met(
    "6733-7.1.5-4",
    "4f3ec280",
    "Always.",
    ...errors("permanent failures name the AVP in Failed-AVP (RFC 6733 sections 7.1.5 and 7.5) > %s"),
  ),
  met(
    "6733-7.1.5-5",
    "48fdc5e4",
    "With its vendor, and zeros of the shortest length that its type allows.",
    ...issues(
      "with a vendor: its id is in the path and in Failed-AVP",
      "AVP %i: Failed-AVP has it with data of minimum length, zero-filled",
    ),
  ),
  notApplicable(
    "6733-7.1.5-6",
    "82516a8b",
    "The node never sends 5007; a handler that does says which AVPs they are.",
    ...serving("a handler's own errors have the layout of 7.2: E bit for 3xxx and 5xxx, none for 4xxx (7.1.4)"),
  ),
  met(
    "6733-7.1.5-7",
    "84aa8230",
    "5008 where the grammar takes no further AVPs and the AVP is known with the M bit.",
    ...issues("is the issue for a known one with the M bit, 5001 for an unknown one, none without the M bit"),
  ),
  met(
    "6733-7.1.5-8",
    "32a361c9",
    "With the AVP.",
    ...issues("is the issue for a known one with the M bit, 5001 for an unknown one, none without the M bit"),
  ),
  met(
    "6733-7.1.5-9",
    "268bf6db",
    "The first that is too many.",
    ...issues("the second of one that may come once, the first is kept", "each one above the maximum: `*3 [ A ]`"),
  ),
  met(
    "6733-7.1.5-10",
    "1ceb275f",
    "5014 with the AVP, or with its header and zeros.",
    ...issues("zero-fills the data to the minimum where the AVP is known"),
    ...errors("an AVP Length that %s: 5014, header and zeros"),
  ),
  notApplicable(
    "6733-7.1.5-11",
    "1ceb275f",
    "The node never sends 5016: flags that contradict the dictionary are accepted, as real peers need it.",
    ...interpreter("what is borne > flags other than the dictionary's, padding that is not zero, any order"),
  ),
  met(
    "6733-7.1.5-12",
    "b1684b46",
    "5017 to a CER that wants TLS in band.",
    ...serving("CER, sections 5.3 and 5.6.1 > %s"),
  ),
  met(
    "6733-7.2-1",
    "2e7f92ee",
    "Answers are never answered.",
    ...section7Tests(
      "an answer that breaks its grammar is not answered: the caller is told",
      "an answer that nobody waits for is not answered",
    ),
  ),
  met(
    "6733-7.3-1",
    "9148413d",
    "Sent without the M bit, shown to the program, asked by nothing.",
    ...section7Tests("7.3: Error-Message is for people: it has no M bit, and what it says decides nothing"),
  ),
  met(
    "6733-7.4-1",
    "96ffe76a",
    "Who sets Result-Code is who Origin-Host says, so that it is not needed; a handler that answers for another host can set it.",
    ...section6Tests("6.1.7: answers 3002 with the E bit where Route-Records name all candidates, in its own name"),
    ...errorAnswer("all AVPs, in the order of the grammar"),
  ),
  met(
    "6733-7.5-1",
    "3688cc6d",
    "With each error that is about an AVP.",
    ...errors("permanent failures name the AVP in Failed-AVP (RFC 6733 sections 7.1.5 and 7.5) > %s"),
    ...erlangErrors("our permanent failures for broken requests are answer-messages for it, and say what was wrong"),
  ),
  partly(
    "6733-7.5-2",
    "7eb3532b",
    "One, with the AVP within its groups; of its data at most 1024 octets, so that nobody gets a megabyte for a megabyte.",
    ...errors("only the first error is told"),
    ...issues("holds at most 1024 octets of data: no peer gets a megabyte for a megabyte"),
  ),
  met(
    "6733-7.5-3",
    "c9c964aa",
    "Header and zeros of the shortest length.",
    ...issues("zero-fills the data to the minimum where the AVP is known", "AVP Length %s"),
    ...serving("an AVP whose length passes the end: 5014, Failed-AVP with header and zeros"),
  ),
  met(
    "6733-7.6-1",
    "6faa0a76",
    "Grammars of vendors have both as optional: an answer with neither is not sent, the peer is told 5012. One that comes with neither counts as a failure.",
    ...grammars(
      "Result-Code is required once in every answer of an IETF application (section 7.1), Result-Code or Experimental-Result may stand in a vendor's (section 7.6)",
    ),
    ...outcome("an answer with neither is no success"),
    ...applicationTests(
      "7.6: an answer has Result-Code or Experimental-Result > %s is enough",
      "7.6: an answer has Result-Code or Experimental-Result > where a handler forgets both, the peer is told 5012 and the program why",
    ),
  ),
];
