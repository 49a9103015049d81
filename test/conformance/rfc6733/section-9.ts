/** Judgements on RFC 6733 section 9: accounting. */
import { type Judgement, met, notApplicable, open, partly, testsIn } from "./judgement.js";

const section2Tests = testsIn("conformance/rfc6733/section-2.test.ts");
const roundtrip = testsIn("diamgen/generated/roundtrip.test.ts");
const erlangErrors = testsIn("interop/erlang-errors.test.ts");
const requests = testsIn("runtime/node/requests.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const forward = testsIn("runtime/routing/forward.test.ts");
const accountingStore = testsIn("server/accounting-store.test.ts");
const records = testsIn("server/diameter/opensips-records.test.ts");
const opensips = testsIn("server/diameter/opensips.test.ts");
const durability = testsIn("server/durability.test.ts");

export const section9: readonly Judgement[] = [
  open("6733-9.1-1", "74f002f9", "For the client's accounting machine, which is to come."),
  open("6733-9.2-1", "35006a46", "For the client's accounting machine, which is to come."),
  met(
    "6733-9.2-2",
    "f56cd61e",
    "2001 once the record is durable, an error where it cannot be.",
    ...records(
      "%s: ACA 2001 with 480 and 485, and the record is what acc.log has",
      "a record that cannot be stored is not acknowledged, and the failure is a transient one: a client keeps the record (RFC 6733 section 8.2)",
    ),
    ...durability("the log of the database is synced before the Accounting-Answer is written to the socket"),
  ),
  notApplicable("6733-9.3-1", "2f58b4ce", "For who defines applications."),
  notApplicable("6733-9.3-2", "3779cee8", "For who defines applications."),
  met(
    "6733-9.3-3",
    "b7a540e4",
    "The server advertises Acct-Application-Id 3.",
    ...opensips("opensips.md 6.1: Acct 3, Acct 6 and Auth 6 for the CER of %s"),
    ...serving("the CER of freeDiameter with OpenSIPS, and the CEA that it wants: Acct 3, Acct 6 and Auth 6"),
  ),
  met(
    "6733-9.4-1",
    "5a4c206e",
    "Accounting requests fail over as all others do.",
    ...requests(
      "a peer that goes: its request goes to another one, with the T bit, the same End-to-End Identifier and another Hop-by-Hop Identifier",
      "a suspect peer's requests go to another one; its late answer is dropped",
    ),
  ),
  met(
    "6733-9.4-2",
    "04cb5fb0",
    "The server does, across connections, restarts and processes.",
    ...accountingStore("duplicates > %s", "duplicates > %s, after a restart", "in another process"),
    ...records("sent again with T on another connection, as freeDiameter does after a failover"),
  ),
  met(
    "6733-9.4-3",
    "afc31ece",
    "With type and sub-session added. Records that agree in these and differ in content are both kept, marked.",
    ...accountingStore(
      "a whole session: START 0, INTERIM 1 to 3, STOP 4, each sent twice",
      "records that share their number by mistake are kept and numbered",
    ),
  ),
  open("6733-9.4-4", "b02bc53f", "For the client's accounting machine and its spool, which are to come."),
  open("6733-9.4-5", "60bb4b0b", "For the client's accounting machine and its spool, which are to come."),
  open(
    "6733-9.4-6",
    "4cc6d68c",
    "For the client's accounting machine and its spool, which are to come. A request that got no answer rejects, and says so.",
  ),
  partly(
    "6733-9.5-1",
    "86f5de66",
    "Session-Id: filled in, and required from others. User-Name is the program's to give.",
    ...roundtrip("is its own name, the session and the application"),
    ...accountingStore("a record without Session-Id is refused"),
    ...erlangErrors("our client: accounting of a session from start to stop"),
  ),
  open(
    "6733-9.5-2",
    "4182ab3e",
    "For the client's accounting machine, which is to come; the AVP is required in every record.",
  ),
  open("6733-9.5-3", "1735ce18", "For the client's accounting machine, which is to come."),
  open("6733-9.5-4", "3030a682", "For the client's accounting machine, which is to come."),
  open("6733-9.5-5", "c67e518b", "For the client's accounting machine, which is to come."),
  open("6733-9.5-6", "695bfb84", "For the client's accounting machine, which is to come."),
  open("6733-9.5-7", "50ffaac5", "For the client's accounting machine, which is to come."),
  open("6733-9.5-8", "1c3b6d62", "For the client's accounting machine and its spool, which are to come."),
  open("6733-9.5-9", "28908490", "For the client's accounting machine, which is to come."),
  open("6733-9.5-10", "7e6f5df6", "For the client's accounting machine, which is to come."),
  notApplicable("6733-9.5-11", "7ac49903", "For who defines applications."),
  notApplicable("6733-9.6-1", "e8524cc8", "For servers that know of sessions that belong together; ours does not."),
  open("6733-9.6-2", "558d02b0", "For the client's accounting machine, which is to come."),
  notApplicable(
    "6733-9.6-3",
    "25983443",
    "For who makes the id: a server that knows of sessions that belong together.",
  ),
  notApplicable("6733-9.6-4", "d61c7b91", "For who defines applications."),
  met(
    "6733-9.7-1",
    "aaffa9f3",
    "Accounting-Request and Accounting-Answer, as client and server.",
    ...erlangErrors("our client: accounting of a session from start to stop", "our server: accounting of an event"),
    ...records("%s: ACA 2001 with 480 and 485, and the record is what acc.log has"),
  ),
  notApplicable(
    "6733-9.7.1-1",
    "61fb59b0",
    "For the client's program, which knows its service; typed AVPs of all documents may be added.",
  ),
  met(
    "6733-9.7.2-1",
    "97b5a1a2",
    "A relay passes records on and answers none itself.",
    ...forward("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection"),
    ...section2Tests("a relay has a transaction while a request is unanswered, and nothing of it afterwards"),
  ),
  notApplicable(
    "6733-9.7.2-2",
    "ef65e1d6",
    "For applications that define some for answers; those that the server serves do not.",
  ),
  open("6733-9.8.1-1", "572e926b", "For the client's accounting machine, which is to come."),
  open("6733-9.8.2-1", "e6bd365a", "For the client's accounting machine, which is to come."),
  open("6733-9.8.2-2", "2f56dd2f", "For the client's accounting machine, which is to come."),
  open("6733-9.8.2-3", "932950e0", "For the client's accounting machine, which is to come."),
  open("6733-9.8.5-1", "eafd9e9d", "For the client's accounting machine, which is to come."),
  open(
    "6733-9.8.6-1",
    "8e2ffba6",
    "For the client's accounting machine, which is to come. The server tells sub-sessions apart.",
  ),
  open("6733-9.8.7-1", "634cf74f", "For the client's accounting machine, which is to come."),
  open("6733-9.8.7-2", "72abaf50", "For the client's accounting machine, which is to come."),
  open("6733-9.8.7-3", "30c31647", "For the client's accounting machine, which is to come."),
];
