/** 10 MB are paid for; two services of one session use them up, and the next session is refused. */
import { DiameterNode } from "@diamgen/runtime";
import * as ro from "@diamgen/sdk/ro";
import { DataSession, type Quota } from "./data-session.js";
import { QuotaServer } from "./quota-server.js";

const MSISDN = "491700000001";
const [WEB, VIDEO] = [1, 2];

const ocs = new QuotaServer({ [MSISDN]: 10_000_000n });
await using _ocs = ocs.node;
await ocs.node.start();
const { address: host, port } = ocs.node.addresses[0]!;

await using gateway = new DiameterNode({
  originHost: "pgw.access.test",
  originRealm: "access.test",
  applications: [ro.application],
  peers: [{ host, port, originHost: "ocs.charging.test" }],
});
await gateway.start();

const show = (what: string, { ratingGroup, octets, resultCode, final }: Quota): void =>
  console.log(`${what}: rating group ${ratingGroup}: ${resultCode}, ${octets} octets${final ? ", final" : ""}`);

const session = new DataSession(gateway, MSISDN);
const { quotas } = await session.begin([WEB, VIDEO]);
for (const quota of quotas) show("CCR-I", quota);
show("CCR-U", await session.use(WEB, 4_000_000n));
show("CCR-U", await session.use(VIDEO, 4_000_000n));
await session.end(new Map([[WEB, 2_000_000n]]));
console.log(`CCR-T: ${ocs.balances.get(MSISDN)} octets are left`);

const again = await new DataSession(gateway, MSISDN).begin([WEB]);
console.log(`CCR-I without credit: ${again.resultCode}`);

const stranger = await new DataSession(gateway, "491799999999").begin([WEB]);
console.log(`CCR-I of a stranger: ${stranger.resultCode}`);
