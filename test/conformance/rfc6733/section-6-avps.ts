/** Judgements on RFC 6733 sections 6.3 to 6.14: AVPs that route. */
import { type Judgement, met, notApplicable, open, partly, testsIn } from "./judgement.js";

const grammars = testsIn("conformance/rfc6733/grammars.test.ts");
const strictTests = testsIn("conformance/hostile/strict.test.ts");
const applicationTests = testsIn("conformance/rfc6733/applications.test.ts");
const section5Tests = testsIn("conformance/rfc6733/section-5.test.ts");
const section6Tests = testsIn("conformance/rfc6733/section-6.test.ts");
const goldenMessages = testsIn("diamgen/generated/golden-messages.test.ts");
const roundtrip = testsIn("diamgen/generated/roundtrip.test.ts");
const facts = testsIn("dictionary/facts.test.ts");
const freeDiameterTls = testsIn("interop/freediameter-tls.test.ts");
const errorAnswer = testsIn("runtime/error-answer.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const capabilities = testsIn("runtime/peer/capabilities.test.ts");
const forward = testsIn("runtime/routing/forward.test.ts");
const errors = testsIn("server/diameter/errors.test.ts");

export const section6Avps: readonly Judgement[] = [
  met(
    "6733-6.3-1",
    "95f8ef86",
    "In all that a node makes.",
    ...grammars("Origin-Host and Origin-Realm are required once in every request and answer (sections 6.3 and 6.4)"),
    ...section6Tests("CER, DWR and DPR, which are never proxied, have neither Destination-Realm nor Destination-Host"),
    ...errorAnswer("all AVPs, in the order of the grammar"),
  ),
  met(
    "6733-6.3-2",
    "7123c2e5",
    "A relay changes no AVP.",
    ...forward("6.1.9: a request > keeps every octet but the length, and has Route-Record behind them"),
    ...section6Tests("6.7.1: appends the Origin-Host of the sender's CER, whoever the request is from"),
  ),
  met(
    "6733-6.3-3",
    "ee3c00a2",
    "Where the command's grammar has it: AVPs are written in that order.",
    ...facts("grammars of commands, in the order of the RFC"),
    ...serving("DWA and DPA, and 5005 for what is missing"),
    ...goldenMessages("are mostly sound, and some come in the order of the grammar: the same octets then"),
  ),
  met(
    "6733-6.4-1",
    "d2db50ae",
    "In all that a node makes.",
    ...grammars("Origin-Host and Origin-Realm are required once in every request and answer (sections 6.3 and 6.4)"),
    ...section6Tests("CER, DWR and DPR, which are never proxied, have neither Destination-Realm nor Destination-Host"),
  ),
  met(
    "6733-6.4-2",
    "ee3c00a2",
    "Where the command's grammar has it.",
    ...facts("grammars of commands, in the order of the RFC"),
    ...serving("DWA and DPA, and 5005 for what is missing"),
  ),
  met(
    "6733-6.5-1",
    "7584a948",
    "Required in the commands that servers begin, absent from all answers.",
    ...grammars(
      "Destination-Host is required in what servers begin: RAR and ASR (section 6.5)",
      "a request that may not be proxied has neither Destination-Realm nor Destination-Host, nor has any answer (sections 6.1, 6.5 and 6.6)",
    ),
  ),
  met(
    "6733-6.5-2",
    "ee3c00a2",
    "Where the command's grammar has it.",
    ...facts("grammars of commands, in the order of the RFC"),
    ...goldenMessages("are mostly sound, and some come in the order of the grammar: the same octets then"),
  ),
  met(
    "6733-6.6-1",
    "783fdb4e",
    "In no grammar of an answer.",
    ...grammars(
      "a request that may not be proxied has neither Destination-Realm nor Destination-Host, nor has any answer (sections 6.1, 6.5 and 6.6)",
    ),
    ...serving("6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination"),
  ),
  met(
    "6733-6.6-2",
    "444bdad6",
    "For who defines commands; ours have it so, but for one whose document has not.",
    ...grammars(
      "Destination-Realm is required in every request that may be proxied (section 6.6), as far as the documents have it so",
    ),
  ),
  met(
    "6733-6.6-3",
    "ee3c00a2",
    "Where the command's grammar has it.",
    ...facts("grammars of commands, in the order of the RFC"),
    ...goldenMessages("are mostly sound, and some come in the order of the grammar: the same octets then"),
  ),
  met(
    "6733-6.7.1-1",
    "74c92747",
    "Whoever the request is from.",
    ...section6Tests("6.7.1: appends the Origin-Host of the sender's CER, whoever the request is from"),
  ),
  met(
    "6733-6.7.4-1",
    "23c49191",
    "Proxy-Info is copied whole.",
    ...errors("Proxy-Info comes back as it was, in its order (RFC 6733 section 6.2) > %s"),
    ...serving("6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination"),
  ),
  partly(
    "6733-6.8-1",
    "94dbf15b",
    "Filled in so. A request of a program with another value is refused before it is sent; what a peer sends is borne by default, and refused in strict mode.",
    ...roundtrip("is its own name, the session and the application"),
    ...applicationTests("a program's request with a Vendor-Specific-Application-Id %s is refused before it is sent"),
    ...strictTests("refused in strict mode > %s"),
  ),
  partly(
    "6733-6.9-1",
    "bcbe8bdf",
    "Filled in so. A request of a program with another value is refused before it is sent; what a peer sends is borne by default, and refused in strict mode.",
    ...roundtrip("is its own name, the session and the application"),
    ...applicationTests("a program's request with a Vendor-Specific-Application-Id %s is refused before it is sent"),
    ...strictTests("refused in strict mode > %s"),
  ),
  met(
    "6733-6.10-1",
    "2a1bb016",
    "Sent only where TLS in band is configured, for peers of RFC 3588.",
    ...freeDiameterTls("our node connects, %s"),
    ...capabilities("applications by their kind; vendor-specific ones in their group; base not at all"),
  ),
  met(
    "6733-6.11-1",
    "929b850e",
    "Sent so, and checked in CER, CEA and requests of applications, whose grammar has both members as optional.",
    ...capabilities("applications by their kind; vendor-specific ones in their group; base not at all"),
    ...serving("CER, sections 5.3 and 5.6.1 > %s"),
    ...applicationTests("a program's request with a Vendor-Specific-Application-Id %s is refused before it is sent"),
    ...applicationTests("6.11: Vendor-Specific-Application-Id of a request > %s"),
  ),
  notApplicable("6733-6.11-2", "7415d5e4", "For who assigns application ids."),
  partly(
    "6733-6.11-3",
    "d8784f02",
    "Filled in so. A request of a program with another value is refused before it is sent; what a peer sends is borne by default, and refused in strict mode.",
    ...roundtrip("is Vendor-Specific-Application-Id in an application of a vendor"),
    ...applicationTests("a program's request with a Vendor-Specific-Application-Id %s is refused before it is sent"),
  ),
  notApplicable("6733-6.11-4", "5e647922", "For who defines applications."),
  met(
    "6733-6.11-5",
    "f953cc8d",
    "Where the command's grammar has it.",
    ...facts("grammars of commands, in the order of the RFC"),
  ),
  met(
    "6733-6.11-6",
    "19d5fabe",
    "As 6733-6.11-1.",
    ...capabilities("applications by their kind; vendor-specific ones in their group; base not at all"),
    ...serving("CER, sections 5.3 and 5.6.1 > %s"),
    ...applicationTests("a program's request with a Vendor-Specific-Application-Id %s is refused before it is sent"),
    ...applicationTests("6.11: Vendor-Specific-Application-Id of a request > %s"),
  ),
  met(
    "6733-6.11-7",
    "0b3a4d12",
    "In a CER and in requests of applications.",
    ...section5Tests(
      "6.11: Failed-AVP of a CEA has both application ids: examples where neither came, those received where both did",
    ),
    ...applicationTests("6.11: Vendor-Specific-Application-Id of a request > %s"),
  ),
  met(
    "6733-6.11-8",
    "71cd725c",
    "Within the group.",
    ...section5Tests(
      "6.11: Failed-AVP of a CEA has both application ids: examples where neither came, those received where both did",
    ),
    ...applicationTests("6.11: Vendor-Specific-Application-Id of a request > %s"),
  ),
  met(
    "6733-6.11-9",
    "05a3ef0a",
    "In a CER and in requests of applications.",
    ...section5Tests(
      "6.11: Failed-AVP of a CEA has both application ids: examples where neither came, those received where both did",
    ),
    ...applicationTests("6.11: Vendor-Specific-Application-Id of a request > %s"),
  ),
  met(
    "6733-6.11-10",
    "4d3e636a",
    "Within the group.",
    ...section5Tests(
      "6.11: Failed-AVP of a CEA has both application ids: examples where neither came, those received where both did",
    ),
    ...applicationTests("6.11: Vendor-Specific-Application-Id of a request > %s"),
  ),
  open("6733-6.12-1", "6c45e32f", "There are no redirect agents yet."),
  open(
    "6733-6.12-2",
    "a2586545",
    "An indication rejects the call with the answer, Redirect-Host in it; the node does not follow it yet.",
  ),
  open("6733-6.12-3", "5daa9d22", "Redirect indications are not followed yet."),
  open("6733-6.13-1", "8cf775b2", "Redirect indications are not followed yet."),
  open("6733-6.13-2", "3b0d9a81", "Redirect indications are not followed yet."),
  open("6733-6.13-3", "9f182f13", "Redirect indications are not followed yet."),
  open("6733-6.13-4", "12664c3e", "Redirect indications are not followed yet."),
  open("6733-6.13-5", "784d03d6", "Redirect indications are not followed yet."),
  open("6733-6.13-6", "cff10400", "Redirect indications are not followed yet."),
  open("6733-6.13-7", "17c9b37b", "Redirect indications are not followed yet."),
  open("6733-6.13-8", "5efe8d3c", "Redirect indications are not followed yet."),
  open("6733-6.14-1", "2e7eb3db", "There are no redirect agents yet."),
  open("6733-6.14-2", "5bad9002", "Redirect indications are not followed yet."),
  open("6733-6.14-3", "3c606992", "Redirect indications are not followed yet."),
];
