/** Judgements on RFC 3539 section 3: the transport profile. */
import { type Judgement, met, notApplicable, open, partly, testsIn } from "./judgement.js";

const duplicates = testsIn("conformance/hostile/duplicates.test.ts");
const section5Tests = testsIn("conformance/rfc6733/section-5.test.ts");
const erlangPeer = testsIn("interop/erlang-peer.test.ts");
const parts = testsIn("runtime/node/parts.test.ts");
const peers = testsIn("runtime/node/peers.test.ts");
const requests = testsIn("runtime/node/requests.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const tcp = testsIn("runtime/node/tcp.test.ts");
const watchdog = testsIn("runtime/peer/watchdog.test.ts");
const wire = testsIn("runtime/peer/wire.test.ts");
const transportSuite = testsIn("runtime/transport-suite.ts");
const transport = testsIn("runtime/transport.test.ts");

export const rfc3539: readonly Judgement[] = [
  partly("3539-3.1-1", "fff72f1c", "TCP; SCTP is open.", ...tcp("capabilities, requests and DPR over {host}")),
  partly("3539-3.1-2", "07d40961", "TCP; SCTP is open.", ...tcp("capabilities, requests and DPR over {host}")),
  partly(
    "3539-3.2-1",
    "33e46b5d",
    "Nagle's algorithm is off, for it waits for acknowledgements. What it is wanted for is done without waiting: all messages of one turn leave in one segment.",
    ...transport("one system call takes all answers to one chunk of input"),
    ...transportSuite("written in one chunk's work, or in promises that follow it, go out together"),
  ),
  met(
    "3539-3.3-1",
    "b4fd69fc",
    "One with each peer, kept open.",
    ...serving("section 5.6: a CER of a peer that is open already is rejected, and the first connection stays"),
    ...peers("both connect at once: one connection is left; names known: %s"),
  ),
  met(
    "3539-3.3-2",
    "878b8ba4",
    "Up to `limits.maxPending` at a time, answered in any order.",
    ...requests("many at once, answered in another order"),
  ),
  met(
    "3539-3.3-3",
    "e19d8beb",
    "No connection is closed for want of traffic.",
    ...watchdog("[2] any message resets Tw"),
    ...peers("DWR after Tw of silence, answered by DWA"),
  ),
  met(
    "3539-3.3-4",
    "b5c1e5af",
    "One with each of the configured peers.",
    ...section5Tests(
      "5.1: connections with all configured peers are kept at the same time, so that an alternate is there",
    ),
    ...serving("section 5.6: a CER of a peer that is open already is rejected, and the first connection stays"),
  ),
  met(
    "3539-3.4-1",
    "f34069f6",
    "DWR and DWA.",
    ...peers("DWR after Tw of silence, answered by DWA"),
    ...erlangPeer("capabilities exchange; watchdogs, its own first and then ours"),
  ),
  partly(
    "3539-3.4.1-1",
    "cb1ff38b",
    "The table of appendix A. Two differences: the three DWAs of REOPEN are asked for at once, not Tw apart, and requests that come in REOPEN are served.",
    ...watchdog(
      "%j, %s: %j",
      "[2] a DWR after Tw of silence; [3] failover after another; [4] closed after the third",
      "[5] a connection that is open again is on probation for three DWAs, which follow one another at once",
    ),
  ),
  met("3539-3.4.1-2", "12ca45d4", "Less is refused.", ...parts("options > %s")),
  partly(
    "3539-3.4.1-3",
    "d132ea1d",
    "Jitter is drawn from Math.random, which V8 seeds from the system; a test cannot see a seed.",
    ...watchdog("section 3.4.1 [1]: Tw is Twinit with a jitter between -2 and 2 seconds"),
  ),
  met(
    "3539-3.4.1-4",
    "7ddb4a25",
    "As 6733-5.5.4-1.",
    ...duplicates("on another connection, of another host: a failover (section 5.5.4)", "%s is no duplicate"),
  ),
  met(
    "3539-3.4.1-5",
    "84dfb8a8",
    "One DWR, then failover after Tw, and the end after another.",
    ...watchdog("[2] a DWR after Tw of silence; [3] failover after another; [4] closed after the third"),
  ),
  met(
    "3539-3.4.1-6",
    "d17f10f7",
    "The connection is torn down.",
    ...watchdog("[2] a DWR after Tw of silence; [3] failover after another; [4] closed after the third"),
    ...wire("RFC 3539: a peer that answers nothing is suspect after Tw and Tw, and closed after another"),
  ),
  met(
    "3539-3.4.1-7",
    "893da8ca",
    "No timer of the watchdog runs then.",
    ...watchdog("[2] a DWR after Tw of silence; [3] failover after another; [4] closed after the third"),
  ),
  met(
    "3539-3.4.1-8",
    "df49cb52",
    "One attempt at a time, which its transport ends or `limits.connectTimeoutMs`; the next comes after Tc.",
    ...peers("a peer that cannot be reached is tried again after Tc, then less and less often"),
    ...transport("an address that does not answer in time is given up"),
  ),
  open(
    "3539-3.4.2-1",
    "557dd151",
    "The events of suspect and closed peers name the peer, not the requests that went elsewhere.",
  ),
  open("3539-3.6-1", "3f291211", "SCTP is not there yet."),
  notApplicable("3539-3.7-1", "07455a65", "For the operating system's TCP."),
  notApplicable("3539-3.7-2", "bfe13a18", "For the operating system's TCP."),
  open("3539-3.8.1-1", "374a5b3a", "SCTP is not there yet."),
  open("3539-3.8.1-2", "58e688d7", "SCTP is not there yet."),
  open("3539-3.9-1", "a52bf9d7", "Timers are options; Node gives no view of what TCP has measured."),
];
