/** Random values of what generated code takes, from the same model that the code was generated from. */
import {
  type Application,
  avpKey,
  type Command,
  type DataType,
  type Dictionary,
  type Grammar,
} from "@diamgen/dictionary";
import { Avp, formatIPv6 } from "@diamgen/runtime/codec";
import fc from "fast-check";
import { type Field, fieldsOf } from "../../../generator/diamgen/src/emit/fields.js";
import { fillFor } from "../../../generator/diamgen/src/emit/fill.js";
import { type Folder, type GroupPlace, type Layout, layOut } from "../../../generator/diamgen/src/emit/layout.js";

type Values = Record<string, unknown>;

/** RFC 6733 section 4.3.1: what four octets of NTP seconds can say. */
const FIRST_SECOND = Date.UTC(1968, 0, 20, 3, 14, 8) / 1000;
const LAST_SECOND = Date.UTC(2104, 1, 26, 9, 42, 23) / 1000;

const octets = (maxLength: number) => fc.uint8Array({ maxLength });
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.string({ maxLength: 60 }));
const printable = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
  minLength: 1,
  maxLength: 60,
});
const host = fc.stringMatching(/^[a-z0-9]{1,20}(\.[a-z0-9]{1,20}){0,3}$/);

const values: Readonly<Record<Exclude<DataType, "Grouped">, fc.Arbitrary<unknown>>> = {
  OctetString: octets(100),
  Integer32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  Integer64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  Unsigned32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  Unsigned64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  Float32: fc.float(),
  Float64: fc.double(),
  Address: fc.oneof(
    fc.ipV4(),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatIPv6(bytes, 0)),
    fc.tuple(fc.integer({ min: 3, max: 65535 }), octets(30)).map(([family, data]) => ({ family, data })),
  ),
  Time: fc.integer({ min: FIRST_SECOND, max: LAST_SECOND }).map((seconds) => new Date(seconds * 1000)),
  UTF8String: text,
  DiameterIdentity: printable,
  DiameterURI: fc
    .tuple(fc.constantFrom("aaa", "aaas"), host, fc.constantFrom("", ":3868"), fc.constantFrom("", ";transport=sctp"))
    .map(([scheme, name, port, transport]) => `${scheme}://${name}${port}${transport}`),
  Enumerated: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  IPFilterRule: printable,
  QoSFilterRule: printable,
};

/** AVPs that no dictionary of these tests has; without the M bit, for with it they would be issues. */
const stranger = fc
  .record({
    code: fc.integer({ min: 0x10000, max: 0xffffffff }),
    vendorId: fc.constantFrom(0, 4711),
    flags: fc.constantFrom(0, 0x20, 0x1f),
    data: octets(50),
  })
  .map(({ code, vendorId, flags, data }) => new Avp(code, vendorId, flags | (vendorId === 0 ? 0 : 0x80), data));

export interface Side {
  readonly title: string;
  readonly application: Application;
  readonly command: Command;
  readonly side: "request" | "answer";
  /** Inits; what the node fills in is sometimes left out. */
  readonly init: fc.Arbitrary<Values>;
  readonly fields: readonly Field[];
}

/** Both sides of every command of an application. */
export function sidesOf(dictionary: Dictionary, key: string, layout = layOut(dictionary)): Side[] {
  const folder = layout.folders.find(({ application }) => application?.key === key);
  const application = folder?.application;
  if (folder === undefined || application === undefined) throw new Error(`no application ${key}`);
  return application.commands.flatMap((command) =>
    (["request", "answer"] as const).map((side) => {
      const fields = fieldsOf(command[side], { folder, layout }, fillFor(application, { folder, layout }));
      const init = record(fields, folder, layout, 0);
      return { title: `${command.name}-${side}`, application, command, side, init, fields };
    }),
  );
}

function record(fields: readonly Field[], folder: Folder, layout: Layout, depth: number): fc.Arbitrary<Values> {
  const entries = fields
    // A group in itself ends somewhere.
    .filter((field) => field.required || depth < 4)
    .map((field) => [field.property, property(field, folder, layout, depth)] as const);
  const required = fields.filter((field) => !field.initOptional).map((field) => field.property);
  return fc.record(
    { ...Object.fromEntries(entries), avps: fc.array(stranger, { maxLength: 3 }) },
    { requiredKeys: required as never },
  );
}

function property(field: Field, folder: Folder, layout: Layout, depth: number): fc.Arbitrary<unknown> {
  const one = value(field, folder, layout, depth);
  if (!field.many) return one;
  const least = field.min ?? (field.required ? 1 : 0);
  return fc.array(one, { minLength: least, maxLength: Math.max(least, Math.min(field.max ?? 3, 3)) });
}

function value(field: Field, folder: Folder, layout: Layout, depth: number): fc.Arbitrary<unknown> {
  const { avp } = field;
  if (avp.type !== "Grouped") {
    // Session-Id: no NUL.
    if (avp.vendorId === 0 && avp.code === 263) return text.map((s) => s.replaceAll("\0", ""));
    return values[avp.type];
  }
  const group = folder.groups.get(avpKey(avp.vendorId, avp.code)) as GroupPlace;
  return record(membersOf(group.grammar, folder, layout, group), folder, layout, depth + 1);
}

function membersOf(grammar: Grammar, folder: Folder, layout: Layout, group: GroupPlace): Field[] {
  return fieldsOf(grammar, { folder, layout, group });
}
