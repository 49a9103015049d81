/** The server as a whole: databases below, a Diameter node above, the two applications between them. */
import { type Clock, DiameterNode, type Limits, type ListenConfig } from "@diamgen/runtime";
import * as accountingApplication from "@diamgen/sdk/accounting";
import * as base from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import type { Logger } from "pino";
import { accounting } from "./diameter/accounting.js";
import { AvpRegistry } from "./diameter/avp-registry.js";
import { serveMultimediaAuth } from "./diameter/multimedia-auth.js";
import { observe } from "./observe.js";
import type { Stores } from "./store/index.js";

export interface SipServerOptions {
  readonly originHost: string;
  readonly originRealm: string;
  readonly listen: readonly ListenConfig[];
  readonly stores: Stores;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** See MultimediaAuthOptions. */
  readonly answerWithinMs?: number | undefined;
  readonly revealUnknownUser?: boolean | undefined;
}

/** SIP digest authentication (RFC 4740) and accounting (RFC 6733 section 9) for OpenSIPS and its like. Owns the node, not the stores. */
export class SipServer implements AsyncDisposable {
  readonly node: DiameterNode;

  constructor(options: SipServerOptions) {
    const { originHost, originRealm, listen, stores, log, clock, limits } = options;
    this.node = new DiameterNode({
      originHost,
      originRealm,
      listen,
      applications: [sip.application, accountingApplication.application],
      // OpenSIPS advertises application 6 as an accounting one and routes by what we advertise: so both ways.
      advertise: { auth: [sip.application.id], acct: [accountingApplication.application.id, sip.application.id] },
      extensions: [opensips.avps, digest.avps],
      accept: "any",
      productName: "diamgen-server",
      ...(clock && { clock }),
      ...(limits && { limits }),
    });
    observe(this.node, log);
    serveMultimediaAuth(this.node, {
      subscribers: stores.subscribers,
      clock,
      answerWithinMs: options.answerWithinMs,
      revealUnknownUser: options.revealUnknownUser,
      onResult: (request, result) => {
        const facts = { sessionId: request.sessionId, aor: request.sipAor, resultCode: result.resultCode };
        if (result.accepted) log.info(facts, "authenticated");
        else if (result.cause === undefined) log.info({ ...facts, reason: result.reason }, "refused");
        else log.error({ ...facts, err: result.cause }, "could not decide");
      },
    });
    accountingApplication.serve(this.node, {
      accounting: accounting({
        store: stores.accounting,
        registry: new AvpRegistry(base, digest, sip, opensips),
        ...(clock && { now: () => clock.now() }),
        onRecord: ({ sessionId, recordNumber }, kept) => log.info({ sessionId, recordNumber, kept }, "accounted"),
        onFailure: ({ sessionId, recordNumber }, err) =>
          log.error({ sessionId, recordNumber, err }, "record not stored"),
      }),
    });
  }

  /** Resolves when all addresses are listened on. */
  start(): Promise<void> {
    return this.node.start();
  }

  /** Sends Disconnect-Peer-Request to all peers, waits for what is being answered, closes. */
  stop(): Promise<void> {
    return this.node.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
