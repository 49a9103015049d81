/** Judgements on RFC 6733 sections 2 to 2.6: overview, transport, identifiers. */
import { type Judgement, met, notApplicable, open, partly, testsIn } from "./judgement.js";

const section2Tests = testsIn("conformance/rfc6733/section-2.test.ts");
const section4Tests = testsIn("conformance/rfc6733/section-4.test.ts");
const section6Tests = testsIn("conformance/rfc6733/section-6.test.ts");
const erlangErrors = testsIn("interop/erlang-errors.test.ts");
const erlangSip = testsIn("interop/erlang-sip.test.ts");
const freeDiameterTls = testsIn("interop/freediameter-tls.test.ts");
const livePeers = testsIn("runtime/node/live-peers.test.ts");
const parts = testsIn("runtime/node/parts.test.ts");
const peers = testsIn("runtime/node/peers.test.ts");
const requests = testsIn("runtime/node/requests.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const tcp = testsIn("runtime/node/tcp.test.ts");
const baseMessages = testsIn("runtime/peer/base-messages.test.ts");
const capabilities = testsIn("runtime/peer/capabilities.test.ts");
const machine = testsIn("runtime/peer/machine.test.ts");
const forward = testsIn("runtime/routing/forward.test.ts");
const tlsNodes = testsIn("runtime/tls/nodes.test.ts");
const transportSuite = testsIn("runtime/transport-suite.ts");
const transport = testsIn("runtime/transport.test.ts");
const registrations = testsIn("server/registration/registration.test.ts");
const records = testsIn("server/diameter/opensips-records.test.ts");

export const section2: readonly Judgement[] = [
  open(
    "6733-2-1",
    "902be264",
    "No session state is kept yet: the session machines of section 8 are to come. The server keeps none by design (NO_STATE_MAINTAINED).",
  ),
  partly(
    "6733-2-2",
    "8d81d830",
    "Base protocol between peers and the accounting messages of section 9.7: yes, with failover. The client's accounting machine of section 8.2 is open.",
    ...requests("typed there and back; the node fills in what it knows"),
    ...erlangErrors("our client: accounting of a session from start to stop"),
  ),
  notApplicable(
    "6733-2-3",
    "c5ece287",
    "Speaks of the program that is built on the client; the SDK has the typed commands of its applications.",
  ),
  notApplicable("6733-2-4", "1aa3d8a6", "A matter of what the program that is built is called."),
  partly(
    "6733-2-5",
    "cfda4878",
    "Base protocol between peers and accounting: yes. Sessions of section 8 are open.",
    ...serving("DWA and DPA, and 5005 for what is missing"),
    ...records("%s: ACA 2001 with 480 and 485, and the record is what acc.log has"),
  ),
  met(
    "6733-2-6",
    "1ffecd02",
    "Of RFC 4740 the server answers the four requests of SIP servers and sends its own two; docs/rfc4740.md says what it decides. Accounting is that of section 9.",
    ...erlangSip("our server: all six commands"),
    ...registrations(
      "a user comes and goes: figures 2 and 5, section 6.7",
      "Registration-Termination: of all, of one, refused, forced, nobody there",
      "Push-Profile; too much data has the user register anew (section 8.12)",
    ),
  ),
  notApplicable(
    "6733-2-7",
    "77f9c22a",
    "A matter of words: the server calls itself one for SIP digest authentication and accounting.",
  ),
  partly(
    "6733-2-8",
    "17acaa44",
    "A relay passes on whatever command and AVP comes. Redirect agents are open.",
    ...forward("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection"),
    ...section4Tests("a relay passes on a request with unknown AVPs that have the M bit"),
  ),
  open("6733-2-9", "870766db", "There are no proxy agents yet."),
  open("6733-2-10", "f3406ceb", "There are no proxy agents yet."),
  notApplicable("6733-2-11", "5e2c2ac0", "A matter of what the program that is built is called."),
  partly(
    "6733-2.1-1",
    "5f76f115",
    "TLS begins before any message. Its default port is 5868, which section 11.4 and the registry of IANA have in place of this one; 5658 where it is configured. DTLS over SCTP is not there yet.",
    ...section2Tests("port 5868 for TLS where nobody says otherwise, and another one where somebody does"),
    ...tlsNodes("requests are answered, both sides know the certificate of the other, and DPR ends it"),
  ),
  partly(
    "6733-2.1-2",
    "c3611384",
    "TCP, over IPv4 and IPv6. SCTP is open.",
    ...tcp("capabilities, requests and DPR over {host}"),
  ),
  partly(
    "6733-2.1-3",
    "46c9856e",
    "Port 3868 over TCP and 5868 under TLS (see 6733-2.1-1) where nobody says otherwise; source ports are the system's. SCTP is not there yet.",
    ...section2Tests(
      "port 3868 where nobody says otherwise, to listen and to connect",
      "port 5868 for TLS where nobody says otherwise, and another one where somebody does",
    ),
  ),
  met(
    "6733-2.1-4",
    "4e53140e",
    "A second connection with a peer is rejected, whichever side begins it; of two at once the election leaves one.",
    ...serving("section 5.6: a CER of a peer that is open already is rejected, and the first connection stays"),
    ...peers("both connect at once: one connection is left; names known: %s"),
    ...livePeers("a peer that is connected to us already keeps its connection, and is connected to when it has gone"),
  ),
  met(
    "6733-2.1-5",
    "3f08dfd1",
    "Tc, 30 s with jitter, longer after failures in a row.",
    ...peers("a peer that cannot be reached is tried again after Tc, then less and less often"),
    ...parts(
      "Tc: a tenth of jitter either way, doubled with failures up to four times, four times for BUSY, never for DO_NOT_WANT",
    ),
  ),
  open("6733-2.1-6", "804a75df", "A peer's configuration names its transport, TCP where it names none."),
  partly(
    "6733-2.1-7",
    "3f67706b",
    "The system turns ICMP into an error of the socket; such an error ends the attempt at once. No test sends ICMP.",
    ...transportSuite("nobody listens: a TransportError"),
    ...peers("connect() says why it failed"),
  ),
  met(
    "6733-2.1-8",
    "564151ae",
    "A reset ends the connection, and attempts that time out fail; both lead to Tc and to failover.",
    ...transport("a reset from the peer is a TransportError", "an address that does not answer in time is given up"),
  ),
  met(
    "6733-2.1-9",
    "f6ae672c",
    "What is no Diameter ends in a reset. Where a header could be read, its error is answered and the connection closed.",
    ...section2Tests("octets that are no Diameter, I-Open: the connection is reset"),
    ...serving("a version other than 1: 5011, then the connection is closed, for its framing is lost"),
  ),
  open("6733-2.1.1-1", "594e1cf1", "SCTP is not there yet."),
  open("6733-2.1.1-2", "cb5ccb51", "SCTP is not there yet."),
  open("6733-2.1.1-3", "c9e32792", "SCTP is not there yet."),
  open("6733-2.1.1-4", "6e588fa4", "SCTP is not there yet."),
  open("6733-2.1.1-5", "2dad20b3", "SCTP is not there yet."),
  partly(
    "6733-2.2-1",
    "0282f3fe",
    "TLS over TCP, with mutual authentication; plain TCP is what a node uses where it is told nothing. DTLS over SCTP is not there yet.",
    ...tlsNodes("requests are answered, both sides know the certificate of the other, and DPR ends it"),
    ...freeDiameterTls("our node connects, %s", "freeDiameter connects, %s"),
  ),
  partly(
    "6733-2.2-2",
    "0b6fc36a",
    "TLS over TCP. DTLS over SCTP is not there yet.",
    ...tlsNodes("requests are answered, both sides know the certificate of the other, and DPR ends it"),
    ...freeDiameterTls("our node connects, %s", "freeDiameter connects, %s"),
  ),
  open("6733-2.2-3", "2de37bf2", "Plain TCP is allowed: whether IPsec protects it, a node cannot see."),
  notApplicable("6733-2.4-1", "2e3f6e08", "For who defines applications; ours have the ids of their documents."),
  met(
    "6733-2.4-2",
    "242aa91a",
    "CER and CEA say the applications of the options, or the Relay one; a command of an application that is not advertised cannot be served.",
    ...capabilities(
      "applications by their kind; vendor-specific ones in their group; base not at all",
      "advertise overrides, part by part",
    ),
    ...serving("two commands of one application id and code"),
  ),
  met(
    "6733-2.4-3",
    "ad4ecbbd",
    "A peer that advertised Relay is sent requests of every application.",
    ...peers("a relay has an application in common with everybody (section 2.4)"),
    ...capabilities("applications in common > %s"),
  ),
  met(
    "6733-2.5-1",
    "12f8282e",
    "Each application's commands, session commands too, carry its own id; only the base profile of them has 0.",
    ...section6Tests(
      "a request to a realm has Destination-Realm and no Destination-Host; one to a server there has both; both have their origin",
    ),
    ...section2Tests("every command of every application is sent with the id of that application"),
  ),
  met(
    "6733-2.5-2",
    "fe707688",
    "Always 0.",
    ...baseMessages("headers: R for requests, no P, Application-Id 0; E for 3xxx only"),
  ),
  met(
    "6733-2.6-1",
    "e2f88e02",
    "The state shown of a peer is that of its state machine, which has no others.",
    ...machine("the machine is total, pure, and stays within its states"),
    ...peers("both sides know one another when start() resolves"),
  ),
  open(
    "6733-2.6-2",
    "a3e59b04",
    "Entries are configured and do not expire, and a connection outlives the certificate that it began with. Discovery, which makes entries that expire, is not there yet.",
  ),
];
