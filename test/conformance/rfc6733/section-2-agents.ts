/** Judgements on RFC 6733 sections 2.7 to 2.9: routing table, agents, path authorization. */
import { type Judgement, met, notApplicable, open, partly, testsIn } from "./judgement.js";

const section2Tests = testsIn("conformance/rfc6733/section-2.test.ts");
const section6Tests = testsIn("conformance/rfc6733/section-6.test.ts");
const livePeers = testsIn("runtime/node/live-peers.test.ts");
const peers = testsIn("runtime/node/peers.test.ts");
const requests = testsIn("runtime/node/requests.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const capabilities = testsIn("runtime/peer/capabilities.test.ts");
const wire = testsIn("runtime/peer/wire.test.ts");
const forward = testsIn("runtime/routing/forward.test.ts");
const tlsNodes = testsIn("runtime/tls/nodes.test.ts");

export const section2Agents: readonly Judgement[] = [
  met(
    "6733-2.7-1",
    "e38e6780",
    "Destination-Realm decides first, compared whole and without case.",
    ...requests(
      "Destination-Realm prefers a peer of that realm, then one configured for it, then a relay, then the default",
    ),
  ),
  met(
    "6733-2.7-2",
    "61984f48",
    "Then the application, which the peer must have advertised.",
    ...section2Tests(
      "realm, then application: of two peers in one realm, the one that advertised the application is asked",
    ),
  ),
  met(
    "6733-2.7-3",
    "6dfce7ac",
    "A relay sends it to the next hop of the route.",
    ...forward("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection"),
  ),
  open("6733-2.7-4", "91f0a4ac", "There are no proxy agents yet."),
  open("6733-2.7-5", "aba7eded", "There are no redirect agents yet."),
  met(
    "6733-2.7-6",
    "d2978bf9",
    "Routes are made of the peer table's entries, so that none names anybody else.",
    ...requests("Destination-Host goes to that very peer, without it the first configured one is the primary"),
    ...livePeers("routing changes at once, pending requests are answered, then a DPR says why"),
  ),
  partly(
    "6733-2.7-7",
    "563bb072",
    "Relays route to the peer that the entry is of. Proxies are open.",
    ...forward("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection"),
  ),
  open("6733-2.7-8", "c4dbebf9", "There are no redirect agents yet."),
  open("6733-2.7-9", "5e864dd5", "Entries are configured and do not expire; discovery, which makes others, is open."),
  met(
    "6733-2.7-10",
    "55313b34",
    "LOCAL and RELAY.",
    ...requests("typed there and back; the node fills in what it knows"),
    ...forward("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection"),
  ),
  partly(
    "6733-2.7-11",
    "ed01ecf8",
    "As said of section 2's other clauses.",
    ...forward("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection"),
  ),
  met(
    "6733-2.7-12",
    "bc4aacb9",
    "A relay copies the message; Route-Record goes behind all else.",
    ...forward(
      "6.1.9: a request > keeps every octet but the length, and has Route-Record behind them",
      "6.2.2: an answer > keeps every octet but its Hop-by-Hop Identifier",
    ),
  ),
  met(
    "6733-2.7-13",
    "5aa0b6f2",
    "A configured peer without realms of its own is the default entry.",
    ...section2Tests(
      "the default entry, a configured peer without realms of its own, takes what no other entry matches",
    ),
  ),
  met(
    "6733-2.7-14",
    "a5b4da22",
    "Peers that did not advertise the application, nor Relay, are no candidates.",
    ...section2Tests(
      "realm, then application: of two peers in one realm, the one that advertised the application is asked",
      "where no peer of the realm advertised the application, nothing is sent",
    ),
  ),
  met(
    "6733-2.8.1-1",
    "bc39d12b",
    "Nothing but the requests that are unanswered.",
    ...section2Tests("a relay has a transaction while a request is unanswered, and nothing of it afterwards"),
  ),
  met(
    "6733-2.8.1-2",
    "f6960a09",
    "The option that makes a node a relay is the one that advertises Relay.",
    ...capabilities("advertise overrides, part by part"),
    ...peers("a relay has an application in common with everybody (section 2.4)"),
  ),
  open("6733-2.8.2-1", "17bef7ed", "There are no proxy agents yet."),
  open("6733-2.8.3-1", "4dcaa3b0", "There are no redirect agents yet."),
  notApplicable("6733-2.8.4-1", "38b69523", "diamgen is no translation agent."),
  notApplicable("6733-2.8.4-2", "46fd3109", "diamgen is no translation agent."),
  open("6733-2.9-1", "887d6df6", "Whose session it is, is left to handlers; see 6733-2.9-6."),
  partly(
    "6733-2.9-2",
    "4b110d13",
    "Only configured peers are connected to, and who answers must have the name that is configured, by its certificate where TLS is used. Plain TCP proves no name; which role a peer has, nobody says but its realms.",
    ...peers("a CEA of another host than the one configured is refused"),
    ...tlsNodes(
      "the server has a certificate of another name: not opened",
      "a peer that is configured by a name has a certificate for that name",
    ),
  ),
  met(
    "6733-2.9-3",
    "d6ec1734",
    "Nothing passes before the capabilities are exchanged.",
    ...serving("5.6.1: %s is no CER, and the connection is closed without a word"),
    ...wire("I-Rcv-Non-CEA: Error, Closed"),
  ),
  met(
    "6733-2.9-4",
    "386d6807",
    "As 6733-2.7-14, to peers that are configured or were let in.",
    ...section2Tests("where no peer of the realm advertised the application, nothing is sent"),
    ...peers("who may connect: %s"),
  ),
  met(
    "6733-2.9-5",
    "29fba07b",
    "With the Origin-Host of the sender's CER.",
    ...section6Tests("6.7.1: appends the Origin-Host of the sender's CER, whoever the request is from"),
  ),
  open(
    "6733-2.9-6",
    "c6f87352",
    "A handler sees the Route-Records in its request; the node itself checks them for loops only.",
  ),
  open(
    "6733-2.9-7",
    "4b53cbc9",
    "The server stores every record that is well formed; whether it was authorized, is not looked at.",
  ),
  notApplicable("6733-2.9-8", "6f83c989", "For the policies of local realms and access devices, which are not ours."),
];
