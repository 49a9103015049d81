import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Address,
  address,
  addressLength,
  type DataFormat,
  type DiameterURI,
  diameterIdentity,
  diameterURI,
  enumerated,
  float32,
  float64,
  integer32,
  integer64,
  ipFilterRule,
  ntpSeconds,
  octetString,
  parseDiameterURI,
  parseIPv4,
  parseIPv6,
  qosFilterRule,
  readAddress,
  readTime,
  time,
  unsigned32,
  unsigned64,
  utf8String,
  writeAddress,
} from "../../runtime/src/codec/data/index.js";
import { AvpError, EncodeError } from "../../runtime/src/errors.js";

// biome-ignore lint/suspicious/noExplicitAny: tables hold values of all formats
type AnyFormat = DataFormat<any>;

function octets(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** Amid other octets: an offset that is forgotten shows. */
function within(data: Uint8Array): Uint8Array {
  const larger = new Uint8Array(data.length + 10).fill(0xee);
  larger.set(data, 5);
  return larger.subarray(5, 5 + data.length);
}

function resultCodeOf(run: () => unknown): number | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof AvpError) return error.resultCode;
    throw error;
  }
  return undefined;
}

describe("boundaries: octets and value", () => {
  const table: readonly [AnyFormat, unknown, string][] = [
    [octetString, octets(""), ""],
    [octetString, octets("00ff80"), "00ff80"],
    [integer32, 0, "00000000"],
    [integer32, -1, "ffffffff"],
    [integer32, 2 ** 31 - 1, "7fffffff"],
    [integer32, -(2 ** 31), "80000000"],
    [enumerated, -2, "fffffffe"],
    [enumerated, 4711, "00001267"],
    [unsigned32, 0, "00000000"],
    [unsigned32, 2 ** 31, "80000000"],
    [unsigned32, 2 ** 32 - 1, "ffffffff"],
    [integer64, 0n, "0000000000000000"],
    [integer64, -1n, "ffffffffffffffff"],
    [integer64, 2n ** 63n - 1n, "7fffffffffffffff"],
    [integer64, -(2n ** 63n), "8000000000000000"],
    [unsigned64, 2n ** 53n + 1n, "0020000000000001"],
    [unsigned64, 2n ** 64n - 1n, "ffffffffffffffff"],
    [float32, 1.5, "3fc00000"],
    [float32, -0, "80000000"],
    [float32, Number.POSITIVE_INFINITY, "7f800000"],
    [float32, Number.NaN, "7fc00000"],
    [float64, 0.1, "3fb999999999999a"],
    [float64, Number.NEGATIVE_INFINITY, "fff0000000000000"],
    [utf8String, "", ""],
    [utf8String, "Grüße, 世界 🙂", "4772c3bcc39f652c20e4b896e7958c20f09f9982"],
    [utf8String, "\u0000", "00"],
    [utf8String, "\ufeffx", "efbbbf78"],
    [utf8String, "\u{10ffff}", "f48fbfbf"],
    [diameterIdentity, "a", "61"],
    [diameterIdentity, "~!pcrf_1.example.com", "7e21706372665f312e6578616d706c652e636f6d"],
    [diameterURI, "aaa://a", "6161613a2f2f61"],
    [ipFilterRule, "permit in ip from any to any", Buffer.from("permit in ip from any to any").toString("hex")],
    [qosFilterRule, "", ""],
    [time, new Date("1968-01-20T03:14:08Z"), "80000000"],
    [time, new Date("1970-01-01T00:00:00Z"), "83aa7e80"],
    [time, new Date("2036-02-07T06:28:15Z"), "ffffffff"],
    [time, new Date("2036-02-07T06:28:16Z"), "00000000"],
    [time, new Date("2104-02-26T09:42:23Z"), "7fffffff"],
    [address, "192.0.2.1", "0001c0000201"],
    [address, "255.255.255.255", "0001ffffffff"],
    [address, "::", "000200000000000000000000000000000000"],
    [address, "2001:db8::1", "000220010db8000000000000000000000001"],
    [address, { family: 8, data: octets("343931373131") }, "0008343931373131"],
    [address, { family: 0, data: octets("") }, "0000"],
    [address, { family: 0xffff, data: octets("00") }, "ffff00"],
  ];

  test.each(table.map(([format, value, hex]) => ({ format, name: format.name, value, hex })))(
    "$name $hex",
    ({ format, value, hex }) => {
      expect(Buffer.from(format.encode(value)).toString("hex")).toBe(hex);
      expect(format.decode(within(octets(hex)))).toStrictEqual(value);
      expect(hex.length / 2 >= format.minLength || format === address).toBe(true);
    },
  );
});

describe("octets that are no value", () => {
  const fixed: readonly [AnyFormat, number][] = [
    [integer32, 4],
    [enumerated, 4],
    [unsigned32, 4],
    [float32, 4],
    [time, 4],
    [integer64, 8],
    [unsigned64, 8],
    [float64, 8],
  ];
  test.each(fixed.map(([format, length]) => ({ format, name: format.name, length })))(
    "$name has $length octets, or it is 5014",
    ({ format, length }) => {
      expect(format.minLength).toBe(length);
      for (const wrong of [0, 1, length - 1, length + 1, 12]) {
        expect(resultCodeOf(() => format.decode(new Uint8Array(wrong)))).toBe(5014);
      }
    },
  );

  const invalid: readonly [AnyFormat, string, string, number][] = [
    [utf8String, "a lone continuation", "80", 5004],
    [utf8String, "an overlong slash", "c0af", 5004],
    [utf8String, "an overlong NUL", "c080", 5004],
    [utf8String, "an overlong form of three octets", "e08080", 5004],
    [utf8String, "a surrogate", "eda080", 5004],
    [utf8String, "above U+10FFFF", "f4908080", 5004],
    [utf8String, "five octets", "f888808080", 5004],
    [utf8String, "cut off", "e282", 5004],
    [diameterIdentity, "nothing", "", 5004],
    [diameterIdentity, "a space", "6120 62", 5004],
    [diameterIdentity, "NUL", "6100", 5004],
    [diameterIdentity, "a line end", "610a", 5004],
    [diameterIdentity, "DEL", "7f", 5004],
    [diameterIdentity, "UTF-8", "c3bc", 5004],
    [diameterURI, "nothing", "", 5004],
    [diameterURI, "http", Buffer.from("http://a").toString("hex"), 5004],
    [ipFilterRule, "NUL", "00", 5004],
    [qosFilterRule, "UTF-8", "c3bc", 5004],
    [address, "no family", "", 5014],
    [address, "half a family", "00", 5014],
    [address, "IPv4 of 3 octets", "0001c00002", 5004],
    [address, "IPv4 of 5 octets", "0001c000020101", 5004],
    [address, "IPv4 of 16 octets", "000120010db8000000000000000000000001", 5004],
    [address, "IPv6 of 4 octets", "0002c0000201", 5004],
    [address, "IPv6 of 0 octets", "0002", 5004],
  ];
  test.each(invalid.map(([format, what, hex, code]) => ({ format, name: format.name, what, hex, code })))(
    "$name: $what is $code",
    ({ format, hex, code }) => {
      expect(resultCodeOf(() => format.decode(octets(hex)))).toBe(code);
    },
  );

  test("random octets give a value or an AvpError", () => {
    const formats: AnyFormat[] = [utf8String, diameterIdentity, diameterURI, ipFilterRule, address, time, unsigned64];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), fc.constantFrom(...formats), (data, format) => {
        resultCodeOf(() => format.decode(data));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("values that do not fit", () => {
  const unfit: readonly [AnyFormat, unknown][] = [
    [octetString, "text"],
    [integer32, 2 ** 31],
    [integer32, 0.5],
    [integer32, 1n],
    [enumerated, Number.NaN],
    [unsigned32, -1],
    [unsigned32, 2 ** 32],
    [unsigned32, "1"],
    [unsigned32, undefined],
    [integer64, 2n ** 63n],
    [integer64, 1],
    [unsigned64, -1n],
    [unsigned64, 2n ** 64n],
    [float32, 1e39],
    [float32, "1"],
    [float64, 1n],
    [utf8String, "\ud800"],
    [utf8String, "x\udc00x"],
    [utf8String, 1],
    [diameterIdentity, ""],
    [diameterIdentity, "a b"],
    [diameterIdentity, "münchen.example"],
    [diameterURI, "aaa://"],
    [ipFilterRule, "permit\0"],
    [time, new Date("1968-01-20T03:14:07.999Z")],
    [time, new Date("2104-02-26T09:42:24Z")],
    [time, new Date(Number.NaN)],
    [time, 0],
    [address, ""],
    [address, "192.0.2"],
    [address, "192.0.2.256"],
    [address, "host.example.com"],
    [address, "fe80::1%eth0"],
    [address, { family: -1, data: octets("") }],
    [address, { family: 65536, data: octets("") }],
    [address, { family: 1, data: octets("00") }],
    [address, { family: 2, data: octets("c0000201") }],
    [address, null],
    [address, { family: 8 }],
  ];
  test.each(unfit.map(([format, value]) => ({ format, name: format.name, value, shown: String(value) })))(
    "$name: $shown",
    ({ format, value }) => {
      expect(() => format.encode(value)).toThrow(EncodeError);
    },
  );

  test("the error says what and why, and shows long text short", () => {
    expect(() => unsigned32.encode(-1)).toThrow("-1 is not an Unsigned32 (a whole number from 0 to 4294967295)");
    expect(() => address.encode("x".repeat(10_000))).toThrow(/^"x{64}\.\.\." is not an IP address$/);
  });
});

describe("there and back", () => {
  const values: readonly [AnyFormat, fc.Arbitrary<unknown>][] = [
    [octetString, fc.uint8Array({ maxLength: 100 })],
    [integer32, fc.integer()],
    [unsigned32, fc.nat({ max: 2 ** 32 - 1 })],
    [integer64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    [unsigned64, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
    [float32, fc.float()],
    [float64, fc.double()],
    [utf8String, fc.string({ unit: "grapheme" })],
    [diameterIdentity, fc.domain()],
    [
      time,
      fc.date({ min: new Date("1968-01-20T03:14:08Z"), max: new Date("2104-02-26T09:42:23Z"), noInvalidDate: true }),
    ],
    [address, fc.ipV4()],
    [
      address,
      fc.record(
        { family: fc.integer({ min: 3, max: 65535 }), data: fc.uint8Array({ maxLength: 40 }) },
        { noNullPrototype: true },
      ),
    ],
  ];
  test.each(values.map(([format, arbitrary]) => ({ format, name: format.name, arbitrary })))(
    "$name",
    ({ format, arbitrary }) => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          const expected = value instanceof Date ? new Date(Math.floor(value.getTime() / 1000) * 1000) : value;
          expect(format.decode(within(format.encode(value)))).toStrictEqual(expected);
        }),
      );
    },
  );

  test("values own their octets", () => {
    const data = octets("0008 0102");
    const value = address.decode(data) as { data: Uint8Array };
    const copy = octetString.decode(data);
    data.fill(0);
    expect(value.data).toEqual(octets("0102"));
    expect(copy).toEqual(octets("00080102"));
  });
});

describe("IPv6 as text", () => {
  const canonical: readonly [string, string][] = [
    // RFC 5952 sections 1, 2 and 4.
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8::1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:0:1::1", "2001:db8::1:0:0:1"],
    ["2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"],
    ["2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"],
    ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    // 4.2.2: a single zero group is not shortened; 4.2.3: the longest run, and the first of two.
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["0:0:1:0:0:0:0:0", "0:0:1::"],
    ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
    // Section 5.
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["::FFFF:c000:0201", "::ffff:192.0.2.1"],
    ["::192.0.2.1", "::c000:201"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"],
  ];
  test.each(canonical)("%s is %s", (text, expected) => {
    expect(address.decode(address.encode(text))).toBe(expected);
  });

  const broken = [
    "",
    ":",
    ":::",
    "1",
    "1:",
    ":1",
    "1::2::3",
    "::1::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "g::",
    "::-1",
    "::0x1",
    "1:2:3:4:5:6:7:192.0.2.1",
    "::192.0.2.1:1",
    "192.0.2.1::",
    "::192.0.2",
    "::192.0.2.256",
    "::1.2.3.04",
    " ::1",
    "::1 ",
    "::1/64",
    "[::1]",
  ];
  test.each(broken)("%j is none", (text) => {
    expect(parseIPv6(text, new Uint8Array(16), 0)).toBe(false);
    expect(isIPv6(text)).toBe(false);
  });

  test("agrees with node:net about what an address is", () => {
    const part = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF"), maxLength: 5 }),
      fc.constantFrom("", "0", "::", ":", "192.0.2.1", "1.2.3"),
    );
    const text = fc.oneof(
      fc.ipV6(),
      fc.ipV4(),
      fc.array(part, { maxLength: 9 }).map((parts) => parts.join(":")),
      fc.string({ unit: fc.constantFrom(..."0123:.f"), maxLength: 20 }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        expect(parseIPv6(candidate, new Uint8Array(16), 0)).toBe(isIPv6(candidate));
        expect(parseIPv4(candidate, new Uint8Array(4), 0)).toBe(isIPv4(candidate));
      }),
      { numRuns: 2000 },
    );
  });

  test("any sixteen octets come back from their text, which is as short as the URL standard makes it", () => {
    const group = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 0xffff }) });
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const data = Uint8Array.from([0, 2, ...groups.flatMap((value) => [value >> 8, value & 0xff])]);
        const text = address.decode(data) as string;
        expect(address.encode(text)).toEqual(data);
        // WHATWG's serializer follows RFC 5952 but for the dotted form.
        if (!text.includes(".")) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
      { numRuns: 500 },
    );
  });

  test("reads and writes at offsets", () => {
    const bytes = new Uint8Array(32).fill(0xee);
    expect(writeAddress(bytes, 7, "192.0.2.1")).toBe(13);
    expect(bytes[6]).toBe(0xee);
    expect(bytes[13]).toBe(0xee);
    expect(readAddress(bytes, 7, 13)).toBe("192.0.2.1");
    expect(readAddress(bytes, 7, 12)).toBeUndefined();
    expect(readAddress(bytes, 7, 8)).toBeUndefined();
    const values: Address[] = ["192.0.2.1", "::1", { family: 8, data: octets("313233") }];
    expect(values.map(addressLength)).toEqual([6, 18, 5]);
  });
});

describe("time", () => {
  test("the era is told by the high bit", () => {
    expect(readTime(0x7fffffff).toISOString()).toBe("2104-02-26T09:42:23.000Z");
    expect(readTime(0x80000000).toISOString()).toBe("1968-01-20T03:14:08.000Z");
    expect(readTime(0xffffffff).toISOString()).toBe("2036-02-07T06:28:15.000Z");
    expect(readTime(0).toISOString()).toBe("2036-02-07T06:28:16.000Z");
  });

  test("fractions are dropped, in both directions of 1970", () => {
    expect(readTime(ntpSeconds(new Date(1999))).getTime()).toBe(1000);
    expect(readTime(ntpSeconds(new Date(-1))).getTime()).toBe(-1000);
  });
});

describe("DiameterURI", () => {
  const defaults = { scheme: "aaa", fqdn: "host.example.com", port: 3868, transport: "tcp", protocol: "diameter" };
  // RFC 6733 section 4.3.1, all its examples, and the defaults.
  test.each([
    ["aaa://host.example.com", defaults],
    ["aaas://host.example.com", { ...defaults, scheme: "aaas", port: 5658 }],
    ["aaa://host.example.com;transport=tcp", defaults],
    ["aaa://host.example.com:6666;transport=tcp", { ...defaults, port: 6666 }],
    ["aaa://host.example.com;protocol=diameter", defaults],
    ["aaa://host.example.com:6666;protocol=diameter", { ...defaults, port: 6666 }],
    ["aaa://host.example.com:6666;transport=tcp;protocol=diameter", { ...defaults, port: 6666 }],
    [
      "aaa://host.example.com:1813;transport=udp;protocol=radius",
      { ...defaults, port: 1813, transport: "udp", protocol: "radius" },
    ],
    ["aaas://host.example.com:65535;transport=sctp", { ...defaults, scheme: "aaas", port: 65535, transport: "sctp" }],
    ["AAA://Host.Example.Com;Transport=SCTP", { ...defaults, fqdn: "Host.Example.Com", transport: "sctp" }],
    ["aaa://[2001:db8::1]:3869", { ...defaults, fqdn: "2001:db8::1", port: 3869 }],
    ["aaa://host.example.com;protocol=tacacs+", { ...defaults, protocol: "tacacs+" }],
  ])("%s", (uri, expected) => {
    expect(parseDiameterURI(uri)).toEqual(expected);
    expect(diameterURI.decode(diameterURI.encode(uri as DiameterURI))).toBe(uri);
  });

  test.each([
    "",
    "aaa:",
    "aaa://",
    "aaa://:3868",
    "http://host.example.com",
    "aaaa://host.example.com",
    " aaa://host.example.com",
    "aaa://host.example.com ",
    "aaa://host.example.com/",
    "aaa://user@host.example.com",
    "aaa://host.example.com:",
    "aaa://host.example.com:0",
    "aaa://host.example.com:65536",
    "aaa://host.example.com:-1",
    "aaa://host.example.com;transport=udp",
    "aaa://host.example.com;transport=udp;protocol=diameter",
    "aaa://host.example.com;transport=dccp",
    "aaa://host.example.com;protocol=diameter;transport=tcp",
    "aaa://host.example.com;transport=tcp;transport=tcp",
    "aaa://host.example.com\n",
    "aaa://höst.example.com",
  ])("%j is none", (uri) => {
    expect(parseDiameterURI(uri)).toBeUndefined();
    expect(() => diameterURI.encode(uri as DiameterURI)).toThrow(EncodeError);
  });
});
