/** Judgements on RFC 6733 section 4: AVPs. */
import { type Judgement, met, notApplicable, open, partly, testsIn } from "./judgement.js";

const section4Tests = testsIn("conformance/rfc6733/section-4.test.ts");
const goldenMessages = testsIn("diamgen/generated/golden-messages.test.ts");
const issues = testsIn("diamgen/generated/issues.test.ts");
const values = testsIn("diamgen/generated/values.test.ts");
const facts = testsIn("dictionary/facts.test.ts");
const link = testsIn("dictionary/link.test.ts");
const data = testsIn("runtime/data.test.ts");
const parts = testsIn("runtime/node/parts.test.ts");
const peers = testsIn("runtime/node/peers.test.ts");
const serving = testsIn("runtime/node/serving.test.ts");
const errors = testsIn("server/diameter/errors.test.ts");

export const section4: readonly Judgement[] = [
  met(
    "6733-4-1",
    "d656cefa",
    "Padded with zeros, which AVP Length does not count; what padding holds is ignored.",
    ...section4Tests(
      "an OctetString of each length is padded with zeros to a multiple of four, which AVP Length does not count",
      "answers of a raw peer are read whatever their padding holds",
    ),
    ...values("pad with zeros, whatever was there before"),
  ),
  met(
    "6733-4.1-1",
    "db914351",
    "Octet for octet what other implementations write.",
    ...goldenMessages(
      "MAR is the same octets after decoding and encoding",
      "MAA is the same octets after decoding and encoding",
    ),
  ),
  notApplicable("6733-4.1-2", "0928a920", "For who defines applications."),
  notApplicable(
    "6733-4.1-3",
    "713f0d32",
    "Contradicts 6733-4.1-4, which has reserved bits ignored, as real peers need it; that one is followed.",
    ...section4Tests("reserved bits of an AVP that is received are ignored, in groups too"),
  ),
  met(
    "6733-4.1-4",
    "ab75bc18",
    "Zero in all AVPs of a grammar, ignored in those received. AVPs that a program or a relay passes on keep theirs.",
    ...section4Tests(
      "reserved bits and P are zero in all AVPs that we write, in groups too",
      "reserved bits of an AVP that is received are ignored, in groups too",
    ),
  ),
  met(
    "6733-4.1-5",
    "d1340e9d",
    "P is never set.",
    ...section4Tests("reserved bits and P are zero in all AVPs that we write, in groups too"),
  ),
  met(
    "6733-4.1-6",
    "5b74fa6a",
    "An AVP with M is decoded by the grammar, or must be known to the application or to an extension of the node.",
    ...issues(
      "is the issue, with the AVP as it came",
      "is none where the application, or an extension of the node, knows the AVP",
    ),
  ),
  met(
    "6733-4.1-7",
    "d2c60278",
    "5001 with the AVP.",
    ...issues("is the issue, with the AVP as it came"),
    ...errors("permanent failures name the AVP in Failed-AVP (RFC 6733 sections 7.1.5 and 7.5) > %s"),
  ),
  met(
    "6733-4.1-8",
    "7b582282",
    "A relay looks at routing AVPs only. There are no redirect agents yet.",
    ...section4Tests("a relay passes on a request with unknown AVPs that have the M bit"),
  ),
  met(
    "6733-4.1-9",
    "33deffd4",
    "The dictionaries have the M rules of the documents.",
    ...facts("names, types and M rules of AVPs"),
    ...goldenMessages("MAR is the same octets after decoding and encoding"),
  ),
  met(
    "6733-4.1-10",
    "66a5dd34",
    "5014, and nothing behind it is looked at.",
    ...issues("an AVP that ends behind its group, within the message", "AVP Length %s"),
    ...serving("7.1.5, 5014: an AVP whose length passes the end; nothing breaks, and the connection stays"),
  ),
  notApplicable("6733-4.1.1-1", "88499c35", "For vendors; the generator takes any vendor id."),
  met(
    "6733-4.1.1-2",
    "54ccc092",
    "Never written; received so, it counts as the IETF's.",
    ...issues("with vendor 0 means the IETF's, and goes out without"),
    ...section4Tests("%s: AVP Length is right, and four more with the V bit"),
  ),
  met(
    "6733-4.2-1",
    "926bbe27",
    "Each AVP of a dictionary has one of the types, or a derived one that says which.",
    ...link("type %s is %s on the wire, and keeps its name"),
    ...facts("names, types and M rules of AVPs"),
  ),
  notApplicable("6733-4.2-2", "635abdbb", "For who writes RFCs."),
  met(
    "6733-4.2-3",
    "69d30fd5",
    "OctetString.",
    ...section4Tests("%s: AVP Length is right, and four more with the V bit"),
    ...issues("AVP Length %i with the V bit, below the longer header"),
  ),
  met(
    "6733-4.2-4",
    "b05f404e",
    "Integer32; other sizes are 5014.",
    ...section4Tests("%s: AVP Length is right, and four more with the V bit"),
    ...data("$name has $length octets, or it is 5014"),
  ),
  met(
    "6733-4.2-5",
    "28cacd80",
    "Integer64; other sizes are 5014.",
    ...section4Tests("%s: AVP Length is right, and four more with the V bit"),
    ...data("$name has $length octets, or it is 5014"),
  ),
  met(
    "6733-4.2-6",
    "b05f404e",
    "Unsigned32; other sizes are 5014.",
    ...section4Tests("%s: AVP Length is right, and four more with the V bit"),
    ...issues("%i octets for an Unsigned32"),
  ),
  met(
    "6733-4.2-7",
    "28cacd80",
    "Unsigned64; other sizes are 5014.",
    ...section4Tests("%s: AVP Length is right, and four more with the V bit"),
    ...data("$name has $length octets, or it is 5014"),
  ),
  met(
    "6733-4.2-8",
    "b05f404e",
    "Float32; other sizes are 5014.",
    ...section4Tests("%s: AVP Length is right, and four more with the V bit"),
    ...data("$name has $length octets, or it is 5014"),
  ),
  met(
    "6733-4.2-9",
    "28cacd80",
    "Float64; other sizes are 5014.",
    ...section4Tests("%s: AVP Length is right, and four more with the V bit"),
    ...data("$name has $length octets, or it is 5014"),
  ),
  notApplicable("6733-4.3-1", "ea6f824c", "For who writes documents of applications."),
  notApplicable("6733-4.3-2", "25e18f05", "For who writes documents of applications."),
  met(
    "6733-4.3.1-1",
    "25456782",
    "Seconds since 1900 in four octets.",
    ...data("boundaries: octets and value > $name $hex", "$name has $length octets, or it is 5014"),
  ),
  met(
    "6733-4.3.1-2",
    "ec40ed98",
    "The high bit tells the era: 1968 to 2036, and 2036 to 2104.",
    ...data("the era is told by the high bit"),
  ),
  partly(
    "6733-4.3.1-3",
    "23548a6a",
    "Every code point of Unicode, NUL and BOM included. Those above 0x10ffff, which RFC 3629 has taken from UTF-8, are 5004.",
    ...data("boundaries: octets and value > $name $hex"),
    ...issues("takes UTF-8 of any length, a BOM and NUL in other texts than Session-Id"),
  ),
  notApplicable("6733-4.3.1-4", "8dec55ae", "For who makes the texts; the node's own have no control codes."),
  notApplicable("6733-4.3.1-5", "aabf255c", "For who makes the texts; the node's own have one line."),
  notApplicable("6733-4.3.1-6", "90e4b0e0", "For who makes the texts; the node's own begin and end with words."),
  partly(
    "6733-4.3.1-7",
    "e4c601b3",
    "The program names its node: 1 to 255 printable ASCII characters. Whether it is fully qualified, is not checked.",
    ...parts("options > %s"),
  ),
  notApplicable(
    "6733-4.3.1-8",
    "b7e8ccff",
    "For who configures the nodes. A peer that has our own name is refused.",
    ...peers("a node does not connect to itself"),
    ...serving("CER, sections 5.3 and 5.6.1 > %s"),
  ),
  met(
    "6733-4.3.1-9",
    "c9cfb214",
    "Read and written by its grammar; anything else is 5004.",
    ...data("DiameterURI > %s", "DiameterURI > %j is none"),
  ),
  met(
    "6733-4.3.1-10",
    "9a1a20d3",
    "UDP with protocol diameter, named or by default, is 5004.",
    ...data("DiameterURI > %j is none"),
  ),
  open("6733-4.3.1-11", "360e540b", "Filters are carried as text, without a look at their grammar."),
  open("6733-4.3.1-12", "90e155ec", "Filters are carried as text, without a look at their grammar."),
  notApplicable("6733-4.3.1-13", "0a1a7ce0", "For access devices, which apply filters."),
  notApplicable("6733-4.3.1-14", "fb3aa64a", "For access devices, which apply filters."),
  met(
    "6733-4.4-1",
    "2fac0aa9",
    "Ours have, those of their documents.",
    ...facts("grammars of groups, in the order of the RFC"),
  ),
];
