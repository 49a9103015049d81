/** Two MMEs and an HSS: a phone attaches at one, moves to the other, and the HSS tells the first. */
import { EventEmitter, once } from "node:events";
import { Hss } from "./hss.js";
import { milenage, type SimKeys, xor } from "./milenage.js";
import { Mme, type Phone } from "./mme.js";

const IMSI = "001010000000001";
/** Test set 1 of 3GPP TS 35.208. */
const keys: SimKeys = {
  k: Buffer.from("465b5ce8b199b49faa5f0a2ee238a6bc", "hex"),
  opc: Buffer.from("cd63cb71954a9f4e48a5994e37a02baf", "hex"),
};

const told = new EventEmitter();
const tell = (line: string): void => {
  console.log(line);
  told.emit(line);
};

/** The SIM: takes the sequence number out of AUTN, checks that the network knows K, and answers. */
const phone: Phone = (rand, autn) => {
  const { ak } = milenage(keys, rand, new Uint8Array(6), new Uint8Array(2));
  const output = milenage(keys, rand, xor(autn.subarray(0, 6), ak), autn.subarray(6, 8));
  if (!output.mac.equals(autn.subarray(8))) throw new Error("this network does not know the SIM");
  return output.res;
};

const hss = new Hss([{ imsi: IMSI, keys, maxUplink: 50_000_000, maxDownlink: 100_000_000 }], tell);
await using _hss = hss.node;
await hss.node.start();
const { address: host, port } = hss.node.addresses[0]!;
const mme1 = new Mme("mme1", { host, port }, tell);
const mme2 = new Mme("mme2", { host, port }, tell);
await using _mme1 = mme1.node;
await using _mme2 = mme2.node;
await Promise.all([mme1.node.start(), mme2.node.start()]);

await mme1.attach(IMSI, phone);
await mme1.attach("001019999999999", phone);
await mme1.attach(IMSI, () => new Uint8Array(8));

const cancelled = once(told, "HSS: mme1.visited.test answered the Cancel-Location-Request with 2001");
await mme2.attach(IMSI, phone);
await cancelled;
console.log(`attached at MME1: ${mme1.attached.size}, at MME2: ${mme2.attached.size}`);
