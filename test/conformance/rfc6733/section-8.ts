/** Judgements on RFC 6733 section 8: sessions. */
import { type Judgement, met, notApplicable, open, partly, testsIn } from "./judgement.js";

const grammars = testsIn("conformance/rfc6733/grammars.test.ts");
const section8Tests = testsIn("conformance/rfc6733/section-8.test.ts");
const issues = testsIn("diamgen/generated/issues.test.ts");
const requests = testsIn("runtime/node/requests.test.ts");
const identifiers = testsIn("runtime/routing/identifiers.test.ts");
const opensips = testsIn("server/diameter/opensips.test.ts");
const sessions = testsIn("server/cli-sessions.test.ts");
const served = testsIn("server/registration/sessions-served.test.ts");
const erlang = testsIn("interop/erlang-sessions.test.ts");
const operated = testsIn("server/cli-admin.test.ts");
const storeDown = testsIn("server/scale/store-down.test.ts");

const ANY_ORDER =
  "records in any order are answered 2001 with the terms of the session, and the session is what they say";
const OPENED = "SAR opens it, SAR goes on with it, STR ends it and the registration";
const UNKNOWN = "a session that was never there, or is another SIP server's, is unknown";
const RUN_OUT = "after Authorization-Lifetime and Auth-Grace-Period it is over, unless the user is registered again";
const ABORTED = "the server ends it by ASR: refused, with 2002, done, forced, not known there";
const REPLACED = "a registration in another session takes the place of the first: its STR ends nothing";
const UNAUTHORIZED = "whoever is no longer authorized is in no session; a request that is wrong ends nothing";
const FULL = "is down, and the spool's disk is full: 4002, never success for what is not kept";

export const section8: readonly Judgement[] = [
  met(
    "6733-8-1",
    "4c4d9b32",
    "Where diamgen-server maintains a session for a registration of RFC 4740, unless it is configured without limit.",
    ...served(OPENED, RUN_OUT),
  ),
  open("6733-8-2", "f859fddf", "The session machines of section 8.1 are to come for clients."),
  partly(
    "6733-8-3",
    "f4ed9386",
    "In answers: diamgen-server goes on with a session that is open, whatever the request and its configuration say. Requests are the client's, whose machine is to come.",
    ...served(REPLACED),
  ),
  notApplicable("6733-8-4", "e0657eaa", "For who defines applications with machines of their own."),
  partly(
    "6733-8.1-1",
    "b464d258",
    "SERVER, STATEFUL and SERVER, STATELESS: diamgen-server with registrations of RFC 4740, which has no re-auth of the server's. An ASR that could not be sent is sent again when the operator says so. The client's machines are to come.",
    ...served(OPENED, UNAUTHORIZED, ABORTED, RUN_OUT),
    ...erlang(
      "SAR opens a session, another one goes on with it, STR ends it and the registration",
      "the server's ASR is understood, and the STR that it brings about",
    ),
  ),
  partly(
    "6733-8.1-2",
    "e34a1920",
    "An STR for no session is 5002, an ASA that nobody waits for changes nothing; the client's machines are to come.",
    ...served(UNKNOWN),
  ),
  partly(
    "6733-8.2-1",
    "dd36503c",
    "The server's: SERVER, STATELESS ACCOUNTING. The client's is to come.",
    ...sessions(ANY_ORDER),
    ...storeDown(FULL),
  ),
  met(
    "6733-8.2-2",
    "76eae36d",
    "Records are taken in any order and at any time, OUT_OF_SPACE is answered where there is none; what became of a session is asked afterwards.",
    ...sessions(ANY_ORDER),
    ...storeDown(FULL),
  ),
  open(
    "6733-8.2-3",
    "446f3277",
    "The client's accounting machine is to come; for the server's, records come at any time.",
  ),
  open("6733-8.2-4", "de3fb0ed", "The accounting machines are to come."),
  open("6733-8.3-1", "ca26f109", "The session machines are to come."),
  notApplicable("6733-8.3-2", "97849f32", "For who defines applications."),
  met(
    "6733-8.3.2-1",
    "4c518272",
    "Required by the grammar: the types ask for it, and an answer that comes without it is 5005.",
    ...grammars(
      "Result-Code is required once in RAA, STA and ASA of the base protocol (sections 8.3.2, 8.4.2 and 8.5.2)",
    ),
    ...section8Tests("8.3.2, 8.4.2, 8.5.2: %s without Result-Code is 5005"),
  ),
  open("6733-8.3.2-2", "e7aaef91", "The session machines are to come."),
  open("6733-8.4-1", "fd89d85e", "The session machines are to come."),
  open("6733-8.4-2", "7f86d5a4", "The session machines are to come."),
  open("6733-8.4-3", "2212bed4", "The session machines are to come."),
  open("6733-8.4-4", "dfd7b4bf", "There are no proxy agents yet."),
  met(
    "6733-8.4-5",
    "4ee320f3",
    "The registration ends with its session, in one transaction, and then the STA is sent.",
    ...served(
      OPENED,
      "an STR that comes again is answered as the first one, and ends nothing that was registered since",
    ),
  ),
  met(
    "6733-8.4-6",
    "ef2e44ad",
    "When Authorization-Lifetime and Auth-Grace-Period are over, within ten seconds. Session-Timeout, which RFC 4740 does not have, is not sent.",
    ...served(RUN_OUT),
  ),
  met(
    "6733-8.4.2-1",
    "bc58302e",
    "Required by the grammar: the types ask for it, and an answer that comes without it is 5005.",
    ...grammars(
      "Result-Code is required once in RAA, STA and ASA of the base protocol (sections 8.3.2, 8.4.2 and 8.5.2)",
    ),
    ...section8Tests("8.3.2, 8.4.2, 8.5.2: %s without Result-Code is 5005"),
  ),
  met(
    "6733-8.4.2-2",
    "064c7661",
    "They are gone when the STA is sent; that there was a session is remembered for five minutes.",
    ...served(OPENED),
  ),
  open(
    "6733-8.5-1",
    "dffe81e6",
    "A handler answers; without one a node answers 3001. The session machines are to come.",
  ),
  met(
    "6733-8.5.2-1",
    "43a49418",
    "Required by the grammar: the types ask for it, and an answer that comes without it is 5005.",
    ...grammars(
      "Result-Code is required once in RAA, STA and ASA of the base protocol (sections 8.3.2, 8.4.2 and 8.5.2)",
    ),
    ...section8Tests("8.3.2, 8.4.2, 8.5.2: %s without Result-Code is 5005"),
  ),
  notApplicable(
    "6733-8.7-1",
    "43d176ac",
    "For who makes requests of an application; which AVPs they are, its grammar says.",
  ),
  notApplicable(
    "6733-8.7-2",
    "15747b70",
    "For who makes requests of an application; which AVPs they are, its grammar says.",
  ),
  notApplicable(
    "6733-8.7-3",
    "f55f6cfd",
    "For who makes requests of an application; which AVPs they are, its grammar says.",
  ),
  partly(
    "6733-8.8-1",
    "c3cbfaf3",
    "One in each message; the answer has the request's, an ASR that of the session. That a client's session keeps its own for life is the program's until there are session machines.",
    ...section8Tests(
      "8.8: Session-Id stands first behind the header, begins with our Origin-Host, is new for each request, and the answer has the same",
    ),
    ...grammars("Session-Id is the first of every message of a session, once (section 8.8)"),
    ...issues("the second of one that may come once, the first is kept"),
    ...operated("registrations in a Diameter session: shown with its end, ended by ASR"),
  ),
  met(
    "6733-8.8-2",
    "46e25164",
    "First in every message that has one.",
    ...section8Tests(
      "8.8: Session-Id stands first behind the header, begins with our Origin-Host, is new for each request, and the answer has the same",
    ),
    ...grammars("Session-Id is the first of every message of a session, once (section 8.8)"),
  ),
  met(
    "6733-8.8-3",
    "4eebe05a",
    "Origin-Host, the time of the start, and a counter.",
    ...identifiers(
      "8.8: Session-Ids are <DiameterIdentity>;<NTP time>;<counter>, and go on upwards when the counter is full",
    ),
  ),
  met(
    "6733-8.8-4",
    "10bbab09",
    "Those that the node makes.",
    ...section8Tests(
      "8.8: Session-Id stands first behind the header, begins with our Origin-Host, is new for each request, and the answer has the same",
    ),
    ...requests("typed there and back; the node fills in what it knows"),
  ),
  notApplicable("6733-8.9-1", "b8c41c56", "For servers that send both; ours sends no Session-Timeout."),
  met("6733-8.9-2", "a3fd12df", "The smaller one of the client's and of what is configured.", ...served(RUN_OUT)),
  open("6733-8.11-1", "7b054b57", "The session machines are to come."),
  partly(
    "6733-8.12-1",
    "3b132f0d",
    "diamgen-server leaves it out, for RFC 4740's answers do not have it, and a strict SIP server takes an AVP with the M bit that its grammar lacks for 5001, as Erlang/OTP's diameter does. Where it is missing, the same section has AUTHORIZE_ONLY, which is meant. Programs may send it.",
    ...served(OPENED),
  ),
  notApplicable("6733-8.13-1", "34019f18", "For servers that send both; ours sends no Session-Timeout."),
  open("6733-8.13-2", "3b514027", "The session machines are to come."),
  partly(
    "6733-8.16-1",
    "6ef8670b",
    "The time of the start in seconds, or what the program says: two starts within one second have the same.",
    ...section8Tests(
      "8.16: Origin-State-Id is higher after each start, the same in all messages of one run, and as the program says where it says",
    ),
  ),
  met(
    "6733-8.16-2",
    "db2f48ac",
    "Sent in the node's own messages only.",
    ...section8Tests(
      "8.16: Origin-State-Id is higher after each start, the same in all messages of one run, and as the program says where it says",
    ),
  ),
  open("6733-8.16-3", "3209002f", "There are no proxy agents yet."),
  met(
    "6733-8.16-4",
    "fcac413c",
    "The option `originStateId: 0`.",
    ...section8Tests(
      "8.16: Origin-State-Id is higher after each start, the same in all messages of one run, and as the program says where it says",
    ),
  ),
  open("6733-8.17-1", "56796068", "The session machines are to come."),
  open("6733-8.17-2", "7e90f292", "The session machines are to come."),
  open("6733-8.17-3", "4f3bc4d8", "The session machines are to come."),
  open("6733-8.17-4", "f66e57fc", "The session machines are to come."),
  open("6733-8.17-5", "3a94bc6f", "The session machines are to come."),
  open("6733-8.17-6", "d23f6f9f", "The session machines are to come."),
  open("6733-8.17-7", "0abfd152", "The session machines are to come."),
  open("6733-8.18-1", "8d2df679", "The session machines are to come."),
  notApplicable(
    "6733-8.19-1",
    "5cdbdf66",
    "For servers that answer DIAMETER_MULTI_ROUND_AUTH; the challenge of RFC 4740 is served without a time that the server would keep.",
  ),
  notApplicable("6733-8.19-2", "254d50b1", "For access devices, which have users to ask."),
  open("6733-8.20-1", "1036bce6", "The session machines are to come."),
  met(
    "6733-8.20-2",
    "d4fa5266",
    "The server sends no Class.",
    ...opensips("opensips.md 6.4: in no answer to what it sends"),
  ),
  open("6733-8.20-3", "b6408b5e", "The session machines are to come."),
];
