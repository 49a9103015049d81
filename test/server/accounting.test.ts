/** From an Accounting-Request to the record that is stored. */

import { describe, expect, test } from "vitest";
import {
  type AccountingAvp,
  type AccountingRequestFields,
  type AvpValue,
  toAccountingRecord,
  toAvpJson,
} from "../../server/src/accounting/index.js";
import { dissect } from "../support/dissect.js";
import { bytesOf, capture, type GoldenMessage } from "../support/golden.js";
import { openStores } from "./support.js";

const receipt = { receivedAt: new Date("2026-11-21T10:00:00.000Z"), retransmitted: false };

const request: AccountingRequestFields = {
  sessionId: "client.diameter.test;1;1",
  originHost: "client.diameter.test",
  originRealm: "diameter.test",
  accountingRecordType: 1,
  accountingRecordNumber: 0,
};

const avp = (code: number, value: AvpValue, vendorId = 0, name = ""): AccountingAvp => ({
  name,
  code,
  vendorId,
  value,
});

describe("JSON of AVPs", () => {
  test.each<[type: string, value: AvpValue, expected: unknown, marked?: string]>([
    ["UTF8String", 'a,"b"\nc\0', 'a,"b"\nc\0'],
    ["Unsigned32", 4294967295, 4294967295],
    ["Unsigned64", 2n ** 64n - 1n, "18446744073709551615", "integer64"],
    ["Integer64", -(2n ** 63n), "-9223372036854775808", "integer64"],
    ["Float64", 0.1, 0.1],
    ["Float64 NaN", Number.NaN, "NaN"],
    ["Float64 -Infinity", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["OctetString", Uint8Array.of(0, 255, 16), "00ff10", "octets"],
    ["OctetString, part of a buffer", Buffer.from("0011223344", "hex").subarray(1, 3), "1122", "octets"],
    ["Time", new Date(0), "1970-01-01T00:00:00.000Z", "time"],
    ["Time that is none", new Date(Number.NaN), "", "time"],
    [
      "Grouped",
      [avp(1, 2n), avp(3, [])],
      [
        { name: "", code: 1, vendorId: 0, value: "2", type: "integer64" },
        { name: "", code: 3, vendorId: 0, value: [] },
      ],
    ],
  ])("%s", (_type, value, expected, marked) => {
    const json = toAvpJson({ name: "X", code: 5, vendorId: 9, value });
    expect(JSON.parse(JSON.stringify(json))).toEqual({
      name: "X",
      code: 5,
      vendorId: 9,
      value: expected,
      ...(marked !== undefined && { type: marked }),
    });
  });

  test("a group within itself ends", () => {
    const members: AccountingAvp[] = [];
    members.push(avp(1, members));
    expect(JSON.stringify(toAvpJson(avp(1, members))).length).toBeLessThan(10_000);
  });
});

describe("all AVPs", () => {
  test("are kept in their order, none doubled", () => {
    const all = [avp(480, 1), avp(264, "o"), avp(9999, 1), avp(296, "r"), avp(485, 0), avp(263, "s")];
    expect(toAccountingRecord(request, all, receipt).avps.map(({ code }) => code)).toEqual(all.map(({ code }) => code));
  });

  test("a vendor's AVP with the code of a column is another AVP", () => {
    expect(toAccountingRecord(request, [avp(44, "v", 9)], receipt).callId).toBe("");
  });
});

describe("columns", () => {
  const columns = (...avps: AccountingAvp[]) => toAccountingRecord(request, avps, receipt);

  test.each<readonly [string, AvpValue, string]>([
    ["INVITE", 1, "INVITE"],
    ["BYE", 8, "BYE"],
    ["INFO as OpenSIPS's table has it", 15, "INFO"],
    ["INFO", 16, "INFO"],
    ["PUBLISH", 8192, "PUBLISH"],
    ["a text", "SUBSCRIBE", "SUBSCRIBE"],
    ["four octets", Uint8Array.of(0, 0, 0, 4), "ACK"],
    ["unknown", 3, "3"],
    ["zero, as OpenSIPS 3.3 sends", 0, ""],
    ["garbage, as OpenSIPS 3.3 sends", 2147483648, ""],
  ])("method %s", (_title, value, expected) => {
    expect(columns(avp(204, value)).method).toBe(expected);
  });

  test.each<readonly [AvpValue, string]>([
    [200, "200"],
    [486n, "486"],
    [699, "699"],
    [0, ""],
    [2147483648, ""],
    [99, ""],
    [700, ""],
    [200.5, ""],
    ["200", ""],
  ])("sip_code of %s is %j", (value, expected) => {
    expect(columns(avp(205, value)).sipCode).toBe(expected);
  });

  test("the tags and Call-ID, as text or as octets", () => {
    expect(columns(avp(206, "ft"), avp(207, Buffer.from("tt")), avp(44, Buffer.from("call@lab")))).toMatchObject({
      fromTag: "ft",
      toTag: "tt",
      callId: "call@lab",
    });
    expect(columns(avp(44, Uint8Array.of(0xff))).callId).toBe("\uFFFD");
  });

  test("a setup time without a dialog is a time of day, not a duration", () => {
    expect(columns(avp(228, 1795296420), avp(229, 0))).toMatchObject({ setupTime: 0, created: undefined });
    expect(columns(avp(228, 1), avp(229, 1795296413))).toMatchObject({
      setupTime: 1,
      created: new Date(1795296413 * 1000),
    });
  });

  test.each([0, 2147483648, -1, 2 ** 32, Number.NaN])("%s in every integer is nothing", (value) => {
    expect(columns(...[205, 227, 228, 229, 230].map((code) => avp(code, value)))).toMatchObject({
      sipCode: "",
      duration: 0,
      msDuration: 0,
      setupTime: 0,
      created: undefined,
    });
  });
});

describe("time", () => {
  test.each([
    ["absent", undefined, false],
    ["a second ago", "2026-11-21T09:59:59Z", true],
    ["from a client's memory", "2019-02-02T11:26:49Z", true],
    ["a clock that goes ahead", "2026-11-22T09:00:00Z", true],
    ["two days ahead", "2026-11-23T10:00:00Z", false],
    ["0, in the first era", "1900-01-01T00:00:00Z", false],
    ["0, in the second era", "2036-02-07T06:28:16Z", false],
    ["0x80000000", "1968-01-20T03:14:08Z", false],
    ["no date", "none", false],
  ])("Event-Timestamp %s", (_title, sent, believed) => {
    const eventTimestamp = sent === undefined ? undefined : new Date(sent);
    const { time } = toAccountingRecord({ ...request, eventTimestamp }, [], receipt);
    expect(time).toEqual(believed ? eventTimestamp : receipt.receivedAt);
  });
});

test.each<[string, number, string]>([
  ["an hour", 3600, "2026-11-21T09:00:00Z"],
  ["nothing", 0, "2026-11-21T10:00:00Z"],
  ["garbage, as OpenSIPS 3.3 sends", 0x8000_0000, "2026-11-21T10:00:00Z"],
  ["more than there was", 0x7fff_ffff, "2026-11-21T10:00:00Z"],
])("without Event-Timestamp, Acct-Delay-Time of %s", (_title, delay, time) => {
  expect(toAccountingRecord(request, [avp(41, delay)], receipt).time).toEqual(new Date(time));
});

describe("records of a real OpenSIPS", () => {
  const requests = (name: "opensips-3.2-acct" | "opensips-3.2-missed") =>
    capture(name).filter(({ code, flags }) => code === 271 && flags.startsWith("R"));

  test("cdr and plain records", () => {
    const records = requests("opensips-3.2-acct").map(recordOf);
    expect(records).toMatchObject([
      {
        sessionId: "client.diameter.test;1795296410;2",
        recordType: 1,
        recordNumber: 0,
        method: "INVITE",
        fromTag: "2878u1",
        toTag: "2876s1",
        callId: "call-cdr-1-2878@lab",
        sipCode: "",
        duration: 3,
        msDuration: 2504,
        setupTime: 1,
        created: new Date(1795296413 * 1000),
        time: new Date(1795296414 * 1000),
      },
      {
        sessionId: "client.diameter.test;1795296410;4",
        callId: "call-nocdr-1-2958@lab",
        sipCode: "200",
        duration: 0,
        setupTime: 0,
        created: undefined,
      },
    ]);
    expect(records[0]?.avps).toHaveLength(requests("opensips-3.2-acct")[0]?.avps.length ?? 0);
  });

  test("two records of a missed call differ in Session-Id only, and both are stored", async () => {
    const { accounting } = openStores();
    const records = requests("opensips-3.2-missed").map(recordOf);
    expect(records).toHaveLength(2);
    for (const one of records) await expect(accounting.record(one)).resolves.toBe("stored");
    for (const one of records) await expect(accounting.record(one)).resolves.toBe("duplicate");
    await expect(accounting.list()).resolves.toMatchObject([{ sipCode: "486" }, { sipCode: "486" }]);
  });

  test("of the pair with T flag, which app_opensips wrote twice, one is stored", async () => {
    const { accounting } = openStores();
    const pair = capture("freediameter-app_opensips-error-answers").filter(
      ({ code, flags, avps }) =>
        code === 271 && flags.startsWith("R") && avps[0]?.value === "'client.diameter.test;1;dup'",
    );
    expect(pair.map(({ flags }) => flags)).toEqual(["RP--", "RP-T"]);
    const results = [];
    for (const message of pair) results.push(await accounting.record(recordOf(message)));
    expect(results).toEqual(["stored", "duplicate"]);
  });

  /** As a server with a dictionary of the base protocol only would have it: the others are octets. */
  function recordOf(message: GoldenMessage) {
    const { avps, retransmitted } = dissect(bytesOf(message));
    const data = (code: number) => avps.find((one) => one.code === code && one.vendorId === 0)?.data;
    const seconds = data(55)?.readUInt32BE(0) ?? 0;
    return toAccountingRecord(
      {
        sessionId: data(263)?.toString() ?? "",
        originHost: data(264)?.toString() ?? "",
        originRealm: data(296)?.toString() ?? "",
        accountingRecordType: data(480)?.readUInt32BE(0) ?? 0,
        accountingRecordNumber: data(485)?.readUInt32BE(0) ?? 0,
        eventTimestamp: new Date((seconds - 2_208_988_800) * 1000),
      },
      avps.map(({ code, vendorId, data }) => ({ name: "", code, vendorId, value: data })),
      { receivedAt: new Date(1795296414_000), retransmitted },
    );
  }
});
