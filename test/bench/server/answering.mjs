// A server of the runtime alone: decodes what comes, and answers as if all were well. Prints its port.
import { DiameterNode } from "@diamgen/runtime";
import * as accounting from "@diamgen/sdk/accounting";
import * as digest from "@diamgen/sdk/digest";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";

const node = new DiameterNode({
  originHost: "server.diameter.test",
  originRealm: "diameter.test",
  applications: [sip.application, accounting.application],
  extensions: [opensips.avps, digest.avps],
  accept: "any",
  listen: [{ host: "127.0.0.1", port: 0 }],
});
const authSessionState = sip.AuthSessionState.NO_STATE_MAINTAINED;
node.handle(sip.multimediaAuth, (_, context) => context.answer({ resultCode: 2001, authSessionState }));
node.handle(accounting.accounting, (request, context) => {
  const { accountingRecordType, accountingRecordNumber } = request;
  return context.answer({ resultCode: 2001, accountingRecordType, accountingRecordNumber });
});
process.once("SIGTERM", () => node.stop());
await node.start();
process.stdout.write(`${node.addresses[0].port}\n`);
