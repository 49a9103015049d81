// The tricks of the generated code and of the primitives that it calls, each as a change of what is compiled that takes it away again. Where the
// code no longer has what a patch looks for, the benchmark fails: see `makeVariant`.

const GENERATED = /^generated\/dist\/.*\/(commands|groups)\.js$/;
const input = /^runtime\/dist\/codec\/input\.js$/;
const output = /^runtime\/dist\/codec\/output\.js$/;

/** @returns {import("./variant.mjs").Patch} */
const replaced = (files, from, to) => ({ files, change: (text) => text.replaceAll(from, to) });

/** @returns {import("./variant.mjs").Patch} What is between two markers, the first one included. */
const between = (files, from, until, to) => ({
  files,
  change: (text) => {
    const begin = text.indexOf(from);
    const end = text.indexOf(until, begin);
    return begin < 0 || end < 0 ? text : text.slice(0, begin) + to(text.slice(begin, end)) + text.slice(end);
  },
});

const appended = (text, more) => `${text}\n${more}\n`;

/** The imports under their own names, without constants that hold them. */
const uncaptured = (text) => text.replace(/\b(\w+) as \1_(?=[,\s])/g, "$1").replace(/^const (\w+) = \1_;$/gm, "");

/** The cases of a tree of comparisons, in one switch. */
function oneSwitch(lines) {
  const open = [];
  const cases = lines.filter((line) => {
    const [, indent, rest] = /^( *)(.*)$/.exec(line);
    if (/^(if \(code < \d+\)|else|switch \(code\)) \{$/.test(rest)) {
      open.push(indent.length);
      return false;
    }
    if (rest !== "}" || open.at(-1) !== indent.length) return true;
    open.pop();
    return false;
  });
  return ["switch (code) {", ...cases, "}"];
}

function unsplit(text) {
  const lines = text.split("\n");
  const kept = [];
  for (let i = 0; i < lines.length; i++) {
    const tree = /^( *)if \(code < \d+\) \{$/.exec(lines[i]);
    if (tree === null) {
      kept.push(lines[i]);
      continue;
    }
    const [closing, other] = [`${tree[1]}}`, `${tree[1]}else {`];
    const end = lines.findIndex((line, at) => at > i && line === closing && lines[at + 1] !== other);
    kept.push(...oneSwitch(lines.slice(i, end + 1)));
    i = end;
  }
  return kept.join("\n");
}

const IN_PLACE = { U32: ["Uint32", 4], I32: ["Int32", 4], U64: ["", 8] };

function writeInPlace(_, type, variant, code, flags, vendorId, value) {
  const [view, size] = IN_PLACE[type];
  const header = variant === "" ? 8 : 12;
  const data =
    size === 8
      ? `wide[0] = x; if (wide[0] !== x) throw x; out.setUint32(o + ${header}, halves[HIGH]); out.setUint32(o + ${header + 4}, halves[LOW]);`
      : `if ((x ${view === "Int32" ? "| 0" : ">>> 0"}) !== x) throw x; out.set${view}(o + ${header}, x);`;
  const vendor = vendorId === undefined ? "" : `out.setUint32(o + 8, ${vendorId});`;
  return `{ const x = ${value}; out.setUint32(o, ${code}); out.setUint32(o + 4, ${((Number(flags) << 24) | (header + size)) >>> 0}); ${vendor} ${data} o += ${header + size}; }`;
}

/**
 * By name: what the code does without it.
 * @type {Record<string, import("./variant.mjs").Patch[]>}
 */
export const TRICKS = {
  "imports captured in constants": [
    { files: GENERATED, change: uncaptured },
    { files: input, change: uncaptured },
  ],
  "one latin1 string a message": [
    replaced(input, "text1.substring(data - textStart, next - textStart)", "bytes.latin1Slice(data, next)"),
    replaced(input, "text1 = latin1Reader(b, start, end);", ""),
  ],
  "latin1Slice captured": [
    replaced(/latin1\.js$/, "latin1Slice.call(bytes, start, end)", "bytes.latin1Slice(start, end)"),
  ],
  "ASCII told by words": [
    between(input, "    let bad = 0;", "    return (bad & HIGH_BITS)", () =>
      ["    let bad = 0;", "    for (let o = data; o < next; o++) bad |= bytes[o] | (bytes[o] - 1);", ""].join("\n"),
    ),
  ],
  "the view in a local variable": [
    between(input, "export function text(", "export function sessionId(", (text) =>
      text.replace("const v = view;", "").replaceAll("v.getInt32", "view.getInt32"),
    ),
  ],
  "text too long to be inlined": [
    between(input, "export function text(", "/** Session-Id", (text) => {
      const [head, rest] = text.split("    if (length <= SHORT) {");
      const [, short, long] = /^(.*?)^ {4}\}$(.*)$/ms.exec(rest);
      const call = "(v, at, data, next, length, mask)";
      return [
        `${head}    return length <= SHORT ? short${call} : long${call};\n}`,
        `function short${call} {${short}}`,
        `function long${call} {${long}`,
      ].join("\n");
    }),
  ],
  "short texts from a cache": [replaced(input, "const SHORT = 12;", "const SHORT = -1;")],
  "identities from a cache, decoding": [
    replaced(/identity-cache\.js$/, /^(export function cachedIdentity\(.*)$/gm, "$1 return plain(bytes, data, next);"),
  ],
  "admitted at the second miss only": [replaced(/identity-cache\.js$/, "lastMiss[set] !== hash", "false")],
  "issues by offset only": [
    {
      files: GENERATED,
      change: (text) =>
        appended(
          text.replace(/\b(decode\w+)\(v, data, next\)/g, "within_(enter_(at), $1(v, data, next))"),
          "const path_ = [];\nfunction enter_(at) { path_.push(at); }\nfunction within_(_, value) { path_.pop(); return value; }",
        ),
    },
  ],
  "messages borrowed, not copied": [
    replaced(/codec\/message\.js$/, "const { bytes, view, start, end } = raw;", "raw = raw.own(); $&"),
  ],
  "long switches split": [{ files: GENERATED, change: unsplit }],
  "numbers read in place": [
    {
      files: GENERATED,
      change: (text) =>
        appended(
          text
            .replace(/if \(next - data !== 4\)\s*break short;/g, "")
            .replace(/(?<!halves\[HIGH\] = )v\.get(Uint32|Int32)\(data\)/g, "read$1_(v, at, data, next)"),
          ["Uint32", "Int32"]
            .map(
              (type) => `function read${type}_(v, at, data, next) {
              if (next - data === 4) return v.get${type}(data);
              malformed(at);
              return 0;
            }`,
            )
            .join("\n"),
        ),
    },
  ],
  "64 bits by a typed array": [
    {
      files: GENERATED,
      change: (text) =>
        text.replace(
          /halves\[HIGH\] = v\.getUint32\(data\);\s*halves\[LOW\] = v\.getUint32\(data \+ 4\);(\s*.*?)wide\[0\]/g,
          "$1v.getBigUint64(data)",
        ),
    },
    between(output, "export function u64(", "export function u64V(", (text) =>
      text
        .replace(/wide\[0\] = value;\s*if \(wide\[0\] !== value\)/, "if (BigInt.asUintN(64, value) !== value)")
        .replace("view.setUint32(o + 8, halves[HIGH]);", "view.setBigUint64(o + 8, value);")
        .replace("view.setUint32(o + 12, halves[LOW]);", ""),
    ),
  ],
  "one list function for all fields": [
    {
      files: GENERATED,
      change: (text) =>
        text.replace(
          /^(\s*)(m\.\w+) = added\(\2, (.*)\);$/gm,
          "$1{ const x = $3; if ($2 === NONE) $2 = [x]; else $2.push(x); }",
        ),
    },
  ],
  "a slab that never grows": [
    replaced(output, /^const (bytes|view) = /gm, "let $1 = "),
    {
      files: output,
      change: (text) =>
        appended(
          text,
          "export function grow() { bytes = new Uint8Array(2 * bytes.length); view = new DataView(bytes.buffer); }",
        ),
    },
  ],
  "identities from a cache, encoding": [replaced(/identity-output\.js$/, "if (n < 8 ||", "if (n >= 0 ||")],
  "long texts by one call": [replaced(output, "if (n <= 24)", "if (n <= 1000)")],
  "absent lists told by one comparison": [replaced(GENERATED, /if \(m\.\w+ !== NONE\)(?=\s*for)/g, "")],
};

/** The other way round: what the present code does without, for the sake of size. */
export const WAIVED = {
  "numbers written in place": [
    {
      files: GENERATED,
      change: (text, path) => {
        const written = text.replace(
          /\bo = write(U32|I32|U64)(V?)\(o, (\d+), (0x\w+)(?:, (\d+))?, ([^,;]+)\);/g,
          writeInPlace,
        );
        if (written === text) return text;
        const names = ["wide", "halves", "HIGH", "LOW"].filter(
          (name) => !new RegExp(`^const ${name} =`, "m").test(text),
        );
        return [
          `import { slab as slab_, ${names.map((name) => `${name} as ${name}__`).join(", ")} } from "${"../".repeat(path.split("/").length - 1)}runtime/dist/codec/output.js";`,
          "const out = slab_.view;",
          ...names.map((name) => `const ${name} = ${name}__;`),
          written,
        ].join("\n");
      },
    },
  ],
};
