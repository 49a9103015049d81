/** `diamgen-server peers`: whom a running server knows, and who is to be out of service. */
import type { StopCause } from "@diamgen/runtime";
import { Command, Option } from "commander";
import type { PeerView } from "../admin/operations.js";
import { addSocketOptions, adminClient, type SocketOptions } from "./admin-source.js";
import { milliseconds } from "./arguments.js";
import { ExitCode } from "./exit-code.js";
import { addressText, duration, put, table } from "./output.js";

interface ListOptions extends SocketOptions {
  readonly json?: boolean;
}

interface DepartureOptions extends SocketOptions {
  readonly cause?: StopCause;
  readonly drain: boolean;
  readonly timeoutMs?: number;
}

/** Disconnect-Cause, RFC 6733 section 5.4.3. */
const CAUSES: Readonly<Record<string, StopCause>> = {
  rebooting: "REBOOTING",
  busy: "BUSY",
  "do-not-want-to-talk-to-you": "DO_NOT_WANT_TO_TALK_TO_YOU",
};

/** The application id of relay agents, RFC 6733 section 2.4. */
const RELAY = 0xffff_ffff;

type Finish = (code: number) => void;

export function peersCommand(finish: Finish): Command {
  return new Command("peers")
    .description("the peers of a running server: list them, take one out of service")
    .addCommand(listCommand(finish), { isDefault: true })
    .addCommand(
      departureCommand("disable", "take a peer out of service until `enable`: DPR, and it may not come back", finish),
    )
    .addCommand(enableCommand(finish))
    .addCommand(
      departureCommand("disconnect", "send a peer a DPR; it may come back, or is connected to again", finish),
    );
}

function listCommand(finish: Finish): Command {
  const command = addSocketOptions(new Command("list"))
    .description("list peers, with what they do and how much they were sent")
    .option("--json", "one JSON object a line");
  return command.action(async ({ json, ...source }: ListOptions) => {
    const client = await adminClient(command, source);
    const { peers } = await client.call("peers.list", {});
    await put(json === true ? peers.map((peer) => `${JSON.stringify(peer)}\n`).join("") : peerTable(peers));
    finish(ExitCode.OK);
  });
}

function departureCommand(name: "disable" | "disconnect", description: string, finish: Finish): Command {
  const command = addSocketOptions(new Command(name))
    .description(description)
    .argument("<peer>", "its Origin-Host, or host:port where that is not known, as `peers` lists it")
    .addOption(new Option("--cause <cause>", "Disconnect-Cause of the DPR").choices(Object.keys(CAUSES)))
    .option("--no-drain", "do not wait for our requests that it has: they go to other peers")
    .addOption(
      new Option("--timeout-ms <ms>", "how long they are waited for; 5000 where left out").argParser(milliseconds),
    );
  return command.action(async (peer: string, { cause, drain, timeoutMs, ...source }: DepartureOptions) => {
    const client = await adminClient(command, source);
    const request = { peer, cause: cause && CAUSES[cause], drain, timeoutMs };
    const { peers } = await client.call(`peers.${name}`, request);
    process.stderr.write(`${peer} is ${name === "disable" ? "out of service" : "disconnected"}${stateOf(peers)}\n`);
    finish(ExitCode.OK);
  });
}

function enableCommand(finish: Finish): Command {
  const command = addSocketOptions(new Command("enable"))
    .description("put a peer in service again")
    .argument("<peer>", "as `peers` lists it");
  return command.action(async (peer: string, source: SocketOptions) => {
    const client = await adminClient(command, source);
    const { peers } = await client.call("peers.enable", { peer });
    process.stderr.write(`${peer} is in service${stateOf(peers)}\n`);
    finish(ExitCode.OK);
  });
}

function stateOf([peer]: readonly PeerView[]): string {
  return peer === undefined ? "" : `: ${peer.state}`;
}

const HEADER = [
  "PEER",
  "STATE",
  "WATCHDOG",
  "SINCE",
  "ADDRESS",
  "TRANSPORT",
  "APPLICATIONS",
  "SENT",
  "RECEIVED",
  "PENDING",
];

function peerTable(peers: readonly PeerView[]): string {
  return table([HEADER, ...peers.map(row)]);
}

function row(peer: PeerView): readonly string[] {
  const { name, state, watchdog, since, remote, transport, protocol, applications, enabled, requests, pending } = peer;
  return [
    name,
    enabled ? state : `${state} (disabled)`,
    watchdog,
    duration(Date.now() - since),
    remote === undefined ? "-" : addressText(remote),
    [transport ?? "-", protocol].filter(Boolean).join(" "),
    applications.map((id) => (id === RELAY ? "relay" : id)).join(",") || "-",
    String(requests.sent),
    String(requests.received),
    String(pending),
  ];
}
