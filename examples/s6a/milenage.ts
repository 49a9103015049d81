/**
 * Milenage, the algorithm by which an authentication centre and a SIM card agree: 3GPP TS 35.206 section 4.1, and the key of EPS that is derived from
 * it, TS 33.401 annex A.2. All values are octets: K, OPc and RAND 16, SQN 6, AMF 2.
 */
import { createCipheriv, createHmac } from "node:crypto";

/** What a SIM card holds, and the home network knows. */
export interface SimKeys {
  readonly k: Uint8Array;
  readonly opc: Uint8Array;
}

export interface MilenageOutput {
  /** MAC-A: f1. */
  readonly mac: Buffer;
  /** RES: f2. */
  readonly res: Buffer;
  readonly ck: Buffer;
  readonly ik: Buffer;
  /** AK: f5. */
  readonly ak: Buffer;
}

export function milenage({ k, opc }: SimKeys, rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): MilenageOutput {
  const temp = aes(k, xor(rand, opc));
  // OUT2 to OUT5 differ by a rotation r, in octets, and the last octet of a constant c.
  const out = (r: number, c: number): Buffer => {
    const input = rotate(xor(temp, opc), r);
    input[15] = input[15]! ^ c;
    return xor(aes(k, input), opc);
  };
  const in1 = Buffer.concat([sqn, amf, sqn, amf]);
  const out1 = xor(aes(k, xor(temp, rotate(xor(in1, opc), 8))), opc);
  const out2 = out(0, 1);
  return {
    mac: out1.subarray(0, 8),
    res: out2.subarray(8),
    ck: out(4, 2),
    ik: out(8, 4),
    ak: out2.subarray(0, 6),
  };
}

/** AUTN as the network sends it, TS 33.102 section 6.3.2: SQN hidden by AK, AMF, MAC. */
export function autnOf({ ak, mac }: MilenageOutput, sqn: Uint8Array, amf: Uint8Array): Buffer {
  return Buffer.concat([xor(sqn, ak), amf, mac]);
}

/** KASME: bound to the network that the phone is in, so that no other can use it. `plmn` as in Visited-PLMN-Id. */
export function kasmeOf({ ck, ik, ak }: MilenageOutput, sqn: Uint8Array, plmn: Uint8Array): Buffer {
  const input = [[0x10], plmn, [0x00, 0x03], xor(sqn, ak), [0x00, 0x06]];
  const hmac = createHmac("sha256", Buffer.concat([ck, ik]));
  return hmac.update(Buffer.concat(input.map((part) => Uint8Array.from(part)))).digest();
}

export function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((octet, i) => octet ^ b[i]!));
}

function rotate(block: Uint8Array, octets: number): Buffer {
  return Buffer.concat([block.subarray(octets), block.subarray(0, octets)]);
}

function aes(key: Uint8Array, block: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-128-ecb", key, null);
  cipher.setAutoPadding(false);
  return cipher.update(block);
}
