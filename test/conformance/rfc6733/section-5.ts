/** Judgements on RFC 6733 section 5: peers. */
import { type Judgement, met, open, partly, testsIn } from "./judgement.js";

const duplicates = testsIn("conformance/hostile/duplicates.test.ts");
const load = testsIn("conformance/hostile/load.test.ts");
const section2Tests = testsIn("conformance/rfc6733/section-2.test.ts");
const section5Tests = testsIn("conformance/rfc6733/section-5.test.ts");
const erlangPeer = testsIn("interop/erlang-peer.test.ts");
const freeDiameterTls = testsIn("interop/freediameter-tls.test.ts");
const livePeers = testsIn("runtime/node/live-peers.test.ts");
const peers = testsIn("runtime/node/peers.test.ts");
const requests = testsIn("runtime/node/requests.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const tcp = testsIn("runtime/node/tcp.test.ts");
const baseMessages = testsIn("runtime/peer/base-messages.test.ts");
const capabilities = testsIn("runtime/peer/capabilities.test.ts");
const election = testsIn("runtime/peer/election.test.ts");
const machine = testsIn("runtime/peer/machine.test.ts");
const watchdog = testsIn("runtime/peer/watchdog.test.ts");
const wire = testsIn("runtime/peer/wire.test.ts");
const tls = testsIn("runtime/tls/certificates.test.ts");
const tlsNodes = testsIn("runtime/tls/nodes.test.ts");
const transportSuite = testsIn("runtime/transport-suite.ts");

export const section5: readonly Judgement[] = [
  partly(
    "6733-5.1-1",
    "74c7587f",
    "A configured peer may have its Origin-Host, and then must be it. Where it is left out, whoever answers there is taken, which IP addresses in place of names need.",
    ...peers("a CEA of another host than the one configured is refused"),
  ),
  met(
    "6733-5.1-2",
    "799b40e5",
    "All configured peers are connected to at once; how many they are, the operator says.",
    ...section5Tests(
      "5.1: connections with all configured peers are kept at the same time, so that an alternate is there",
    ),
  ),
  met(
    "6733-5.1-3",
    "00fdfe35",
    "There is nobody left to connect to: all configured peers are connected already, and tried again after Tc where not.",
    ...section5Tests(
      "5.1: connections with all configured peers are kept at the same time, so that an alternate is there",
    ),
    ...requests("a suspect peer's requests go to another one; its late answer is dropped"),
  ),
  met(
    "6733-5.1-4",
    "eccca24f",
    "The next configured peer that serves realm and application takes over, and gives way when the first is back.",
    ...requests("a suspect peer's requests go to another one; its late answer is dropped"),
    ...livePeers("routing changes at once, pending requests are answered, then a DPR says why"),
  ),
  open("6733-5.2-1", "4ac9cde0", "Peers are configured; discovery by DNS is to come."),
  open("6733-5.2-2", "5ee4b1e9", "Discovery by DNS is to come."),
  open("6733-5.2-3", "83ca3308", "Discovery by DNS is to come."),
  open("6733-5.2-4", "dd8a99de", "Discovery by DNS is to come."),
  open("6733-5.2-5", "43d23e54", "Discovery by DNS is to come."),
  open("6733-5.2-6", "d38e93a2", "Discovery by DNS is to come."),
  open("6733-5.2-7", "265ed537", "Discovery by DNS is to come."),
  met(
    "6733-5.3-1",
    "454cbde5",
    "Nothing else passes before.",
    ...peers("both sides know one another when start() resolves"),
    ...serving("5.6.1: %s is no CER, and the connection is closed without a word"),
    ...wire("I-Rcv-Non-CEA: Error, Closed"),
  ),
  met(
    "6733-5.3-2",
    "303e408d",
    "What a peer advertised stands in the peer table, and routing asks it.",
    ...section2Tests(
      "realm, then application: of two peers in one realm, the one that advertised the application is asked",
      "where no peer of the realm advertised the application, nothing is sent",
    ),
  ),
  met(
    "6733-5.3-3",
    "b7e4a451",
    "5010, then the connection is closed.",
    ...serving("CER, sections 5.3 and 5.6.1 > %s"),
    ...peers("no application in common: 5010, and the connection is closed"),
    ...erlangPeer("a CER that is refused: an unknown peer, no common application"),
  ),
  met(
    "6733-5.3-4",
    "75b20a12",
    "Relay is common with everything, in whichever AVP it is advertised.",
    ...capabilities("applications in common > %s"),
    ...peers("a relay has an application in common with everybody (section 2.4)"),
  ),
  met(
    "6733-5.3-5",
    "c716f866",
    "Over the ids of all three AVPs, whichever they stand in.",
    ...capabilities("applications in common > %s"),
  ),
  met("6733-5.3-6", "aab046ab", "Only the ids count.", ...capabilities("applications in common > %s")),
  met(
    "6733-5.3-7",
    "0cf3de1a",
    "A CEA says all, whatever the CER said.",
    ...serving("the CER of freeDiameter with OpenSIPS, and the CEA that it wants: Acct 3, Acct 6 and Auth 6"),
  ),
  partly(
    "6733-5.3-8",
    "ad4169ae",
    'With `transport: "tls"`; the default is plain TCP.',
    ...tlsNodes("requests are answered, both sides know the certificate of the other, and DPR ends it"),
    ...freeDiameterTls("our node connects, %s", "freeDiameter connects, %s"),
  ),
  met(
    "6733-5.3-9",
    "77cf906d",
    "5017, then the connection is closed.",
    ...serving("CER, sections 5.3 and 5.6.1 > %s"),
    ...tlsNodes(
      "TLS in band is offered, and the listener has none: 5017",
      "a client in the clear, where TLS in band is required: 5017",
      "a peer that is configured with TLS is not believed to be it without: 5017",
    ),
  ),
  met(
    "6733-5.3-10",
    "a6104bba",
    "Commands between peers never reach the relay.",
    ...section5Tests("a relay never passes on a %s, whatever its P bit and Destination-Host say"),
    ...baseMessages("headers: R for requests, no P, Application-Id 0; E for 3xxx only"),
  ),
  met(
    "6733-5.3.1-1",
    "450f9ef5",
    "A CER belongs to its connection.",
    ...section5Tests("5.3.1: a CER whose connection breaks goes to no other peer"),
  ),
  open("6733-5.3.1-2", "5538a708", "SCTP is not there yet."),
  open("6733-5.3.2-1", "98fbd059", "SCTP is not there yet."),
  open("6733-5.3.5-1", "b2acf96c", "SCTP is not there yet."),
  met(
    "6733-5.3.6-1",
    "3a3d1128",
    "0 is left out.",
    ...capabilities("5.3.6: Supported-Vendor-Id is never 0, never twice, and not the device's own"),
  ),
  met(
    "6733-5.3.6-2",
    "b7f8855f",
    "Each vendor stands once.",
    ...capabilities("5.3.6: Supported-Vendor-Id is never 0, never twice, and not the device's own"),
    ...serving("vendors of applications and AVPs are advertised once each, without 0 and the device's own"),
  ),
  met(
    "6733-5.3.7-1",
    "98b59c30",
    'The option, or "diamgen"; the revision has its own AVP.',
    ...section5Tests("5.3.7: Product-Name stays the same whatever the Firmware-Revision"),
  ),
  partly(
    "6733-5.4-1",
    "c5592754",
    "The DPA says success: the race it should warn of does not happen, for both sides answer what is in flight before they close.",
    ...load(
      "row 29: a DPR while a request is being served: the DPA at once, then its answer, and the connection stays for it (section 5.4)",
    ),
    ...peers("what is in flight is answered before the connection closes"),
  ),
  met(
    "6733-5.4.1-1",
    "450f9ef5",
    "A DPR belongs to its connection.",
    ...section5Tests("5.4.1: a DPR whose connection breaks goes to no other peer"),
  ),
  met(
    "6733-5.4.3-1",
    "657a6740",
    "REBOOTING, or what the program says.",
    ...peers("stop(): DPR, DPA, then both are closed; nothing is left on the clock"),
    ...erlangPeer("our DPR with each Disconnect-Cause is answered, and it comes back"),
  ),
  partly(
    "6733-5.4.3-2",
    "d562b6f5",
    "After BUSY the next attempt waits four times Tc instead of for ever: nobody would tell us that the peer has time again.",
    ...peers("after a DPR with %s: %s ms"),
  ),
  met(
    "6733-5.4.3-3",
    "d562b6f5",
    "No attempt any more, unless the program asks for it.",
    ...peers("after a DPR with %s: %s ms"),
  ),
  met(
    "6733-5.5.1-1",
    "450f9ef5",
    "A DWR belongs to its connection.",
    ...section5Tests("5.5.1: a DWR whose connection breaks goes to no other peer"),
  ),
  partly(
    "6733-5.5.3-1",
    "4e00148f",
    "The table of RFC 3539 appendix A, above the peer state machine. Two differences: the three DWAs of REOPEN are asked for at once, not Tw apart, and requests that come in REOPEN are served, for section 5.6 here processes them without a condition.",
    ...watchdog("%j, %s: %j"),
    ...wire("RFC 3539: a peer that answers nothing is suspect after Tw and Tw, and closed after another"),
    ...erlangPeer("it stands still: SUSPECT, then closed; when it goes on it is connected again"),
  ),
  met(
    "6733-5.5.4-1",
    "2b95bbca",
    "With command, application and Session-Id added, so that nobody who guesses an identifier sees an answer of others. The option `duplicates` of a command switches it on.",
    ...duplicates("on another connection, of another host: a failover (section 5.5.4)", "%s is no duplicate"),
  ),
  met(
    "6733-5.6-1",
    "58ba153b",
    "A pure table with the RFC's rows, and rows of ours, marked so, where it leaves something open.",
    ...machine(
      "the RFC has 43 rows, and the machine no other under its name",
      "RFC 6733 section 5.6, the table > %s, %s: %s -> %s",
      "every pair of state and event is a row of the RFC, a row of ours, or ignored; none is two of them",
    ),
  ),
  met(
    "6733-5.6-2",
    "4dfdb866",
    "One machine for each peer; its transitions over real connections too.",
    ...machine("RFC 6733 section 5.6, the table > %s, %s: %s -> %s"),
    ...wire("I-Rcv-CEA: Process-CEA, I-Open", "Win-Election: I-Disc, R-Snd-CEA, R-Open"),
  ),
  partly(
    "6733-5.6-3",
    "df2c1901",
    "TLS: a connection reaches the peer state machine when its handshake is done. DTLS over SCTP is not there yet.",
    ...tlsNodes("requests are answered, both sides know the certificate of the other, and DPR ends it"),
    ...tls("Diameter in the clear, and noise, on the TLS port: closed, nobody else notices"),
  ),
  partly(
    "6733-5.6-4",
    "6a06609e",
    'With `transport: "tls"` nothing of CER and CEA is in the clear; in band, for peers of RFC 3588, they are. DTLS over SCTP is not there yet.',
    ...tlsNodes("requests are answered, both sides know the certificate of the other, and DPR ends it"),
  ),
  partly(
    "6733-5.6-5",
    "e92b46b0",
    "Closed ends the connection, of whatever transport. DTLS over SCTP is not there yet.",
    ...tlsNodes("requests are answered, both sides know the certificate of the other, and DPR ends it"),
    ...transportSuite("close() sends what was written; nobody has an error, nobody hears of it twice"),
  ),
  met(
    "6733-5.6.1-1",
    "e7f2e439",
    "Closed without a word, and after `limits.cerTimeoutMs`.",
    ...serving(
      "5.6.1: %s is no CER, and the connection is closed without a word",
      "a connection that says nothing is closed after limits.cerTimeoutMs; those beyond limits.maxUnidentified at once",
    ),
  ),
  met(
    "6733-5.6.4-1",
    "3e485ff9",
    "ASCII letters compare without case, everything else by its octets.",
    ...election(
      "local %s, received %s: wins %s",
      "identities are the same whatever the case of ASCII letters, and of no others",
    ),
  ),
  met(
    "6733-5.6.4-2",
    "9e92966d",
    "Over TCP and in memory.",
    ...wire("Win-Election: I-Disc, R-Snd-CEA, R-Open"),
    ...tcp("5.6.4: two nodes that connect to one another at once end with one connection, the winner's as responder"),
  ),
];
