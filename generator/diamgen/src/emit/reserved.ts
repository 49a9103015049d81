/** Identifiers that dictionaries cannot have: words of the language, and names that generated modules use themselves. */

const PRIMITIVES = split("Octets Text Identity Uri Rule SessionId Time Address");
const WRITTEN = split("Octets Text Time Address Group I32 I64 U32 U64 F32 F64");

/** Functions of the runtime's codegen entry that are called for every AVP. */
export const HOT_FUNCTIONS: ReadonlySet<string> = new Set([
  ...PRIMITIVES.map((name) => `read${name}`),
  ...WRITTEN.flatMap((name) => [`write${name}`, `write${name}V`]),
  ...split("added wide wideSigned halves HIGH LOW writeIdentity writeOthers readHeader"),
  ...split("malformed repeated missing unknown forbidden excluded descend ascend"),
]);

/** Its other values. */
export const COLD_VALUES: ReadonlySet<string> = new Set(
  split(
    "NONE Header opaque list listOf withProxyInfo defineAvp defineGroup knownAvps requireCodegen " +
      "octetString integer32 integer64 unsigned32 unsigned64 float32 float64 address time utf8String diameterIdentity diameterURI " +
      "enumerated ipFilterRule qosFilterRule",
  ),
);

/** Its types. */
export const RUNTIME_TYPES: ReadonlySet<string> = new Set(
  split(
    "Address ApplicationDefinition Avp AvpDefinition Call Caller Command DiameterURI Fill Handler KnownAvps Server kind",
  ),
);

const KEYWORDS = split(
  "abstract any arguments as async await bigint boolean break case catch class const continue debugger declare default delete do else " +
    "enum eval export extends false finally for from function get global if implements import in infer instanceof interface is keyof let " +
    "module namespace never new null number object of package private protected public readonly require return satisfies set static " +
    "string super switch symbol this throw true try type typeof undefined unique unknown var void while with yield",
);

/** Names with a meaning on every object; a property called so would hide it. */
const OBJECT_MEMBERS = split(
  "constructor prototype hasOwnProperty toString toLocaleString valueOf toJSON __proto__ then",
);

const GLOBALS = split(
  "Array BigInt DataView Date Error Infinity Map Math NaN Number Object Promise Set String Symbol Uint8Array",
);

/** What generated modules declare besides what comes from the dictionary, and parameters where such names are used. */
const OWN_NAMES = split("Client Handlers application avps client handlers init node options serve");

/** For the top level of modules. */
export const MODULE_NAMES: ReadonlySet<string> = new Set([
  ...HOT_FUNCTIONS,
  ...COLD_VALUES,
  ...RUNTIME_TYPES,
  ...KEYWORDS,
  ...OBJECT_MEMBERS,
  ...GLOBALS,
  ...OWN_NAMES,
]);

/** For properties of commands and groups. Words of the language are fine there: `message.class`. */
export const MEMBER_NAMES: ReadonlySet<string> = new Set([...OBJECT_MEMBERS, "header", "avps"]);

function split(words: string): string[] {
  return words.split(" ");
}
