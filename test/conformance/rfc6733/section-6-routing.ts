/** Judgements on RFC 6733 sections 6.1 and 6.2: requests and answers on their way. */
import { type Judgement, met, notApplicable, open, testsIn } from "./judgement.js";

const duplicates = testsIn("conformance/hostile/duplicates.test.ts");
const grammars = testsIn("conformance/rfc6733/grammars.test.ts");
const section2Tests = testsIn("conformance/rfc6733/section-2.test.ts");
const section3Tests = testsIn("conformance/rfc6733/section-3.test.ts");
const section6Tests = testsIn("conformance/rfc6733/section-6.test.ts");
const roundtrip = testsIn("diamgen/generated/roundtrip.test.ts");
const requests = testsIn("runtime/node/requests.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const forward = testsIn("runtime/routing/forward.test.ts");
const pending = testsIn("runtime/routing/pending.test.ts");
const scan = testsIn("runtime/routing/scan.test.ts");
const errors = testsIn("server/diameter/errors.test.ts");

export const section6Routing: readonly Judgement[] = [
  met(
    "6733-6.1-1",
    "ef2e3a29",
    "Their grammars have neither.",
    ...section6Tests("CER, DWR and DPR, which are never proxied, have neither Destination-Realm nor Destination-Host"),
    ...grammars(
      "a request that may not be proxied has neither Destination-Realm nor Destination-Host, nor has any answer (sections 6.1, 6.5 and 6.6)",
    ),
  ),
  met(
    "6733-6.1-2",
    "8e4cf449",
    "The realm is the caller's, required by the types; a host is sent only where the caller gives one.",
    ...section6Tests(
      "a request to a realm has Destination-Realm and no Destination-Host; one to a server there has both; both have their origin",
    ),
  ),
  met(
    "6733-6.1-3",
    "ac535343",
    "As the caller gives them; grammars require the realm also where a host is given.",
    ...section6Tests(
      "a request to a realm has Destination-Realm and no Destination-Host; one to a server there has both; both have their origin",
    ),
    ...grammars(
      "Destination-Realm is required in every request that may be proxied (section 6.6), as far as the documents have it so",
    ),
  ),
  met(
    "6733-6.1-4",
    "bc8874b7",
    "Routed to the client by Destination-Host, on its own connection.",
    ...requests("a server asks a client that is connected to it"),
  ),
  notApplicable("6733-6.1-5", "48d08c5d", "For who configures the nodes of a realm."),
  met(
    "6733-6.1.1-1",
    "508e54b1",
    "The node makes header, identifiers, origin and session, the caller the rest.",
    ...section6Tests(
      "a request to a realm has Destination-Realm and no Destination-Host; one to a server there has both; both have their origin",
    ),
    ...section3Tests(
      "section 3: all that a node sends has Version 1, no reserved bit, E in no request, T in nothing that is sent once",
    ),
  ),
  met(
    "6733-6.1.1-2",
    "6438102d",
    "Filled in by the node.",
    ...section6Tests(
      "a request to a realm has Destination-Realm and no Destination-Host; one to a server there has both; both have their origin",
    ),
    ...requests("typed there and back; the node fills in what it knows"),
  ),
  met(
    "6733-6.1.1-3",
    "eae6197b",
    "As the caller gives them.",
    ...section6Tests(
      "a request to a realm has Destination-Realm and no Destination-Host; one to a server there has both; both have their origin",
    ),
  ),
  met(
    "6733-6.1.2-1",
    "f496190e",
    "For our own requests and for those passed on.",
    ...section3Tests("section 3: Hop-by-Hop and End-to-End Identifiers of requests in flight are all different"),
    ...section2Tests("a relay has a transaction while a request is unanswered, and nothing of it afterwards"),
  ),
  met(
    "6733-6.1.2-2",
    "ecb4a24e",
    "One sequence for each connection.",
    ...section3Tests(
      "section 3: a Hop-by-Hop Identifier that is still in flight is not given out again, over the edge of 2^32",
    ),
    ...forward("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection"),
  ),
  met(
    "6733-6.1.2-3",
    "ed4bc29d",
    "By connection, with what an answer must agree with.",
    ...requests("many at once, answered in another order"),
    ...pending("full, free, and drained in the order sent"),
  ),
  met(
    "6733-6.1.3-1",
    "c2713edc",
    "A Route-Record with our own name; servers check it too.",
    ...forward(
      "6.1.3: a request that comes back to the relay is a loop (3005); one that nobody serves is 3002, with its Session-Id",
    ),
    ...scan("destination, Proxy-Info and our own name among the Route-Records, in one walk"),
  ),
  met(
    "6733-6.1.3-2",
    "8a6e9e3e",
    "3005 with the E bit.",
    ...forward(
      "6.1.3: a request that comes back to the relay is a loop (3005); one that nobody serves is 3002, with its Session-Id",
    ),
    ...serving("%s, with the E bit"),
  ),
  met(
    "6733-6.1.5-1",
    "0382f50f",
    "Before realm and application are asked.",
    ...section6Tests("6.1.5: sends a request to the peer that is its Destination-Host, not to the first of the realm"),
    ...requests("Destination-Host goes to that very peer, without it the first configured one is the primary"),
  ),
  met(
    "6733-6.1.6-1",
    "6f2644c6",
    "Required by the grammars of our dictionaries; RFC 4740 has one command with Destination-Host in its place.",
    ...grammars(
      "Destination-Realm is required in every request that may be proxied (section 6.6), as far as the documents have it so",
    ),
    ...section6Tests(
      "a request to a realm has Destination-Realm and no Destination-Host; one to a server there has both; both have their origin",
    ),
  ),
  met(
    "6733-6.1.6-2",
    "1b029058",
    "Realm first, then application.",
    ...requests(
      "Destination-Realm prefers a peer of that realm, then one configured for it, then a relay, then the default",
    ),
    ...section2Tests(
      "realm, then application: of two peers in one realm, the one that advertised the application is asked",
    ),
  ),
  met(
    "6733-6.1.7-1",
    "6c47fdd9",
    "Also when it looks for an alternate.",
    ...section6Tests(
      "6.1.7: ignores a candidate that a Route-Record names, and takes another one",
      "6.1.7: a Route-Record that names a candidate keeps it out also after a failover",
    ),
  ),
  met(
    "6733-6.1.7-2",
    "3b247523",
    "Names compare without case.",
    ...section6Tests("6.1.7: ignores a candidate that a Route-Record names, and takes another one"),
  ),
  met(
    "6733-6.1.7-3",
    "89e88894",
    "3002 with the E bit.",
    ...section6Tests("6.1.7: answers 3002 with the E bit where Route-Records name all candidates, in its own name"),
  ),
  open("6733-6.1.8-1", "afc7338d", "There are no redirect agents yet."),
  open("6733-6.1.8-2", "64234e01", "There are no redirect agents yet."),
  met(
    "6733-6.1.9-1",
    "69485e7a",
    "Behind all other AVPs.",
    ...forward("6.1.9: a request > keeps every octet but the length, and has Route-Record behind them"),
    ...section6Tests("6.7.1: appends the Origin-Host of the sender's CER, whoever the request is from"),
  ),
  notApplicable(
    "6733-6.1.9-2",
    "c0679443",
    "For agents that keep their state in Proxy-Info: ours keeps its own, and adds none.",
    ...forward("6.1.9: a request > keeps every octet but the length, and has Route-Record behind them"),
  ),
  met(
    "6733-6.2-1",
    "bce68b17",
    "Typed answers and errors alike.",
    ...serving("6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination"),
  ),
  met(
    "6733-6.2-2",
    "28e4c938",
    "No grammar of an answer has them, and none is copied.",
    ...serving("6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination"),
    ...grammars(
      "a request that may not be proxied has neither Destination-Realm nor Destination-Host, nor has any answer (sections 6.1, 6.5 and 6.6)",
    ),
  ),
  met(
    "6733-6.2-3",
    "13165c36",
    "First, as in the request, in error answers too.",
    ...serving(
      "6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination",
      "%s, with the E bit",
    ),
  ),
  met(
    "6733-6.2-4",
    "c56bd55e",
    "Octet for octet, in their order.",
    ...errors("Proxy-Info comes back as it was, in its order (RFC 6733 section 6.2) > %s"),
    ...roundtrip(
      "is the request's Proxy-Info in an answer, behind all else, unless the caller gives its own: RFC 6733 section 6.2",
    ),
    ...duplicates("section 6.2: Proxy-Info is that of the request which is answered"),
  ),
  met(
    "6733-6.2.1-1",
    "9ac3758e",
    "And End-to-End Identifier, command and application must agree.",
    ...pending("an answer takes its request once, and only if all identifiers agree"),
    ...requests("many at once, answered in another order"),
  ),
  met(
    "6733-6.2.1-2",
    "8b5a03f0",
    "Dropped, counted, told as an event.",
    ...requests("6.2.1: an answer with %s is dropped and counted, and the request waits on"),
  ),
  met(
    "6733-6.2.2-1",
    "39648697",
    "The one that the request came with.",
    ...forward(
      "6.2.2: an answer > keeps every octet but its Hop-by-Hop Identifier",
      "passes requests and answers on, with what no dictionary knows, and the identifiers of each connection",
    ),
  ),
  notApplicable(
    "6733-6.2.2-2",
    "2a2f0cba",
    "For agents that add Proxy-Info: ours adds none.",
    ...forward("6.1.9: a request > keeps every octet but the length, and has Route-Record behind them"),
  ),
  met(
    "6733-6.2.2-3",
    "41358f9a",
    "A relay changes nothing but the Hop-by-Hop Identifier.",
    ...forward("6.2.2: an answer > keeps every octet but its Hop-by-Hop Identifier"),
    ...section6Tests(
      "7.1.3 and figure 7: tries the next peer where one cannot deliver; the last error goes back as it is",
    ),
  ),
  notApplicable(
    "6733-6.2.2-4",
    "899fc399",
    "A relay does not look into answers, so it finds no errors of its own in them.",
    ...forward("6.2.2: an answer > keeps every octet but its Hop-by-Hop Identifier"),
  ),
  open("6733-6.2.2-5", "bdee1faf", "There are no proxy agents yet, which alone change results."),
  met(
    "6733-6.2.2-6",
    "54b34b95",
    "On the connection that the request came by.",
    ...forward("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection"),
    ...section6Tests("6.1.7: ignores a candidate that a Route-Record names, and takes another one"),
  ),
];
