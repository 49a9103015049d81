import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Avp, AvpFlag, encodeAvps } from "../../runtime/src/codec/avp.js";
import { ErrorAnswer } from "../../runtime/src/codec/error-answer.js";
import { CommandFlag, Header } from "../../runtime/src/codec/header.js";
import { RawMessage } from "../../runtime/src/codec/raw-message.js";
import { DiameterError, ErrorAnswerError, InvalidAnswerError } from "../../runtime/src/errors.js";

/**
 * What freeDiameter 1.2.1 sends: shared/golden/opensips/freediameter-app_opensips-error-answers.txt, messages 50, 78, 80 and 82.
 */
const FREEDIAMETER = [
  {
    title: "3002, a MAR that nobody can serve",
    hex: "010000b02000011e00000006000003fc000103fc0000010740000021636c69656e742e6469616d657465722e746573743b313b3232000000000001084000001c7365727665722e6469616d657465722e7465737400000128400000156469616d657465722e746573740000000000010c4000000c00000bba00000119000000354e6f207375697461626c652063616e64696461746520746f20726f75746520746865206d65737361676520746f000000",
    command: { commandCode: 286, applicationId: 6, hopByHop: 0x3fc, endToEnd: 0x103fc },
    sessionId: "client.diameter.test;1;22",
    resultCode: 3002,
    errorMessage: "No suitable candidate to route the message to",
  },
  {
    title: "3002, a CCR that nobody can serve",
    hex: "010000ac20000110000000040000040a0001040a0000010740000020636c69656e742e6469616d657465722e746573743b313b63000001084000001c7365727665722e6469616d657465722e7465737400000128400000156469616d657465722e746573740000000000010c4000000c00000bba00000119000000354e6f207375697461626c652063616e64696461746520746f20726f75746520746865206d65737361676520746f000000",
    command: { commandCode: 272, applicationId: 4, hopByHop: 0x40a, endToEnd: 0x1040a },
    sessionId: "client.diameter.test;1;c",
    resultCode: 3002,
    errorMessage: "No suitable candidate to route the message to",
  },
  {
    title: "3001, a command that does not exist",
    hex: "01000098200003e7000000060000040b0001040b0000010740000020636c69656e742e6469616d657465722e746573743b313b64000001084000001c7365727665722e6469616d657465722e7465737400000128400000156469616d657465722e746573740000000000010c4000000c00000bb900000119000000244449414d455445525f434f4d4d414e445f554e535550504f52544544",
    command: { commandCode: 999, applicationId: 6, hopByHop: 0x40b, endToEnd: 0x1040b },
    sessionId: "client.diameter.test;1;d",
    resultCode: 3001,
    errorMessage: "DIAMETER_COMMAND_UNSUPPORTED",
  },
  {
    title: "3002, a MAR of another application",
    hex: "010000b02000011e000000030000040c0001040c0000010740000021636c69656e742e6469616d657465722e746573743b313b3336000000000001084000001c7365727665722e6469616d657465722e7465737400000128400000156469616d657465722e746573740000000000010c4000000c00000bba00000119000000354e6f207375697461626c652063616e64696461746520746f20726f75746520746865206d65737361676520746f000000",
    command: { commandCode: 286, applicationId: 3, hopByHop: 0x40c, endToEnd: 0x1040c },
    sessionId: "client.diameter.test;1;36",
    resultCode: 3002,
    errorMessage: "No suitable candidate to route the message to",
  },
];

const origin = { originHost: "server.diameter.test", originRealm: "diameter.test" };

function octets(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

function text(code: number, value: string, flags: number = AvpFlag.MANDATORY): Avp {
  return new Avp(code, 0, flags, new Uint8Array(Buffer.from(value)));
}

function number(code: number, value: number): Avp {
  return new Avp(code, 0, AvpFlag.MANDATORY, octets(value.toString(16).padStart(8, "0")));
}

function request(flags: number, avps: readonly Avp[]): RawMessage {
  return RawMessage.of(new Header(CommandFlag.REQUEST | flags, 286, 6, 0x1234, 0x5678), avps);
}

function answer(avps: readonly Avp[], flags: number = CommandFlag.ERROR): RawMessage {
  return RawMessage.of(new Header(flags, 286, 6, 1, 2), avps);
}

function hexOf(raw: RawMessage): string {
  return Buffer.from(raw.toBytes()).toString("hex");
}

describe("as freeDiameter has it", () => {
  test.each(FREEDIAMETER)("$title: read", ({ hex, command, sessionId, resultCode, errorMessage }) => {
    const read = ErrorAnswer.decode(RawMessage.from(Buffer.from(hex, "hex")));
    expect(read).toMatchObject({
      header: { flags: CommandFlag.ERROR, ...command },
      sessionId,
      ...origin,
      resultCode,
      errorMessage,
      originStateId: undefined,
      failedAvp: [],
      proxyInfo: [],
      avps: [],
    });
    expect(hexOf(read.encode())).toBe(hex);
  });

  test.each(FREEDIAMETER)("$title: made from the request", ({ hex, command, sessionId, resultCode, errorMessage }) => {
    const header = new Header(
      CommandFlag.REQUEST | CommandFlag.RETRANSMITTED,
      command.commandCode,
      command.applicationId,
      command.hopByHop,
      command.endToEnd,
    );
    const asked = RawMessage.of(header, [text(263, sessionId), text(264, "client.diameter.test"), text(283, "x")]);
    expect(hexOf(ErrorAnswer.to(asked, { ...origin, resultCode, errorMessage }).encode())).toBe(hex);
  });
});

describe("the answer to a request: RFC 6733 sections 6.2 and 7.2", () => {
  test.each([
    [0, 3001, CommandFlag.ERROR],
    [CommandFlag.PROXIABLE, 3002, CommandFlag.PROXIABLE | CommandFlag.ERROR],
    [CommandFlag.PROXIABLE | CommandFlag.RETRANSMITTED, 3999, CommandFlag.PROXIABLE | CommandFlag.ERROR],
    [CommandFlag.PROXIABLE, 5012, CommandFlag.PROXIABLE | CommandFlag.ERROR],
    [0, 5999, CommandFlag.ERROR],
    [CommandFlag.PROXIABLE, 2001, CommandFlag.PROXIABLE],
    [0, 6000, 0],
    [CommandFlag.ERROR, 4002, 0],
    [0x0f, 3008, CommandFlag.ERROR],
  ])("request flags %i and Result-Code %i make answer flags %i", (flags, resultCode, expected) => {
    const made = ErrorAnswer.to(request(flags, []), { ...origin, resultCode });
    expect(made.header).toEqual(new Header(expected, 286, 6, 0x1234, 0x5678));
  });

  test("all AVPs, in the order of the grammar", () => {
    const one = new Avp(284, 0, AvpFlag.MANDATORY, encodeAvps([text(280, "proxy1"), text(33, "state1")]));
    const two = new Avp(284, 0, AvpFlag.MANDATORY, encodeAvps([text(280, "proxy2"), text(33, "state2")]));
    const asked = request(0, [text(264, "client"), one, text(263, "session;1"), two]);
    const made = ErrorAnswer.to(asked, {
      ...origin,
      resultCode: 3006,
      originStateId: 7,
      errorMessage: "elsewhere",
      errorReportingHost: "other.diameter.test",
      failedAvp: [text(1, "user")],
      experimentalResult: { vendorId: 10415, experimentalResultCode: 5001 },
      avps: [text(292, "aaa://elsewhere")],
    });
    expect([...made.encode().avps()].map((avp) => [avp.code, avp.flags])).toEqual([
      [263, 0x40],
      [264, 0x40],
      [296, 0x40],
      [268, 0x40],
      [278, 0x40],
      [281, 0],
      [294, 0],
      [279, 0x40],
      [297, 0x40],
      [284, 0x40],
      [284, 0x40],
      [292, 0x40],
    ]);
    expect(made.encode().avpsOf(284)).toEqual([one, two]);
    expect(ErrorAnswer.decode(made.encode())).toEqual(made);
  });

  test("a Session-Id that is no text is left out; so is what stands behind an impossible length", () => {
    const asked = request(0, [new Avp(263, 0, AvpFlag.MANDATORY, octets("c0af")), text(284, "x")]);
    const made = ErrorAnswer.to(asked, { ...origin, resultCode: 5004 });
    expect(made.sessionId).toBeUndefined();
    expect(made.proxyInfo.length).toBe(1);
    asked.view.setUint8(27, 0);
    expect(ErrorAnswer.to(asked, { ...origin, resultCode: 5014 }).proxyInfo).toEqual([]);
  });

  test("from a header alone", () => {
    const made = ErrorAnswer.to(new Header(0xc0, 280, 0, 1, 2), { ...origin, resultCode: 5015 });
    expect(made.header).toEqual(new Header(0x60, 280, 0, 1, 2));
    expect(made.sessionId).toBeUndefined();
  });

  test.each([
    "",
    "a",
    "\u007f",
    "é",
    `${"a".repeat(63)}漢`,
    "a".repeat(64),
    "a".repeat(65),
    "\u{1f600} lost",
    "lone \ud800",
  ])("Error-Message in UTF-8: %j", (errorMessage) => {
    const made = ErrorAnswer.to(request(0, []), { ...origin, resultCode: 5012, errorMessage });
    const [avp] = made.encode().avpsOf(281);
    expect(Buffer.from(avp?.data ?? []).toString("hex")).toBe(Buffer.from(errorMessage).toString("hex"));
  });

  test("Experimental-Result in the place of Result-Code", () => {
    const experimentalResult = { vendorId: 10415, experimentalResultCode: 5030 };
    const made = ErrorAnswer.to(request(0, []), { ...origin, resultCode: 0, experimentalResult });
    const raw = made.encode();
    expect(raw.find(268)).toBe(-1);
    expect(ErrorAnswer.decode(raw)).toMatchObject({ resultCode: 0, experimentalResult });
  });
});

describe("reading is lenient", () => {
  test("an empty answer", () => {
    expect(ErrorAnswer.decode(answer([]))).toMatchObject({
      sessionId: undefined,
      originHost: "",
      originRealm: "",
      resultCode: 0,
      experimentalResult: undefined,
    });
  });

  test("what cannot be read, what comes twice and what is unknown stays in avps, in order", () => {
    const kept = [
      new Avp(268, 0, AvpFlag.MANDATORY, octets("0bba")),
      text(264, "second.example"),
      new Avp(268, 10415, AvpFlag.VENDOR, octets("00000001")),
      new Avp(281, 0, 0, octets("ff")),
      new Avp(297, 0, AvpFlag.MANDATORY, encodeAvps([number(266, 1)])),
      text(999, "unknown"),
    ];
    const [short, second, vendor, message, result, unknown] = kept as [Avp, Avp, Avp, Avp, Avp, Avp];
    const avps = [short, text(264, "first.example"), second, number(268, 5012), vendor, message, result, unknown];
    const read = ErrorAnswer.decode(answer(avps));
    expect(read).toMatchObject({ originHost: "first.example", resultCode: 5012, errorMessage: undefined });
    expect(read.avps).toEqual(kept);
  });

  test("Failed-AVP is taken raw: an AVP of an impossible length comes last, with what is left", () => {
    const good = text(1, "user");
    const bad = octets("0000010bc00000ff000028af00000001");
    const read = ErrorAnswer.decode(
      answer([new Avp(279, 0, AvpFlag.MANDATORY, Buffer.concat([encodeAvps([good]), bad]))]),
    );
    expect(read.failedAvp).toEqual([good, new Avp(267, 10415, 0xc0, octets("00000001"))]);
  });

  test("a Failed-AVP with half an AVP header", () => {
    const avp = new Avp(279, 0, AvpFlag.MANDATORY, octets("000001"));
    expect(ErrorAnswer.decode(answer([avp])).failedAvp).toEqual([]);
  });

  test("a Failed-AVP with a hundred thousand AVPs", () => {
    const data = encodeAvps(Array.from({ length: 100_000 }, () => text(1, "")));
    expect(ErrorAnswer.decode(answer([new Avp(279, 0, 0, data)])).failedAvp.length).toBe(100_000);
  });

  test("random octets behind the header never throw", () => {
    const code = fc.constantFrom(263, 264, 268, 278, 279, 281, 284, 294, 296, 297);
    const avp = fc.tuple(code, fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(avp), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }))), (avps, damages) => {
        const raw = answer(avps.map(([of, flags, data]) => new Avp(of, 0, flags & 0x7f, data)));
        for (const [at, octet] of damages) raw.bytes[20 + (at % raw.length)] = octet;
        const read = ErrorAnswer.decode(raw);
        expect(() => ErrorAnswer.decode(read.encode())).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

test("as an error of the caller's", () => {
  const refused = ErrorAnswer.to(request(0, []), { ...origin, resultCode: 3002, errorMessage: "nobody there" });
  expect(new ErrorAnswerError(refused)).toMatchObject({
    name: "ErrorAnswerError",
    code: "ERR_DIAMETER_ERROR_ANSWER",
    message: "server.diameter.test answered 3002: nobody there",
    answer: refused,
  });
  const issue = { resultCode: 5005, message: "Result-Code is missing", offset: 20, path: "" };
  const invalid = new InvalidAnswerError([issue, { ...issue, path: "268" }], answer([]), {});
  expect(invalid.message).toBe("the answer to command 286 is invalid: Result-Code is missing (and 1 more)");
  expect(invalid).toBeInstanceOf(DiameterError);
  expect(new ErrorAnswerError(ErrorAnswer.decode(answer([]))).message).toBe("a peer answered with an error");
});
