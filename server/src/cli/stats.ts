/** `diamgen-server stats`: what a running server has counted, by peer and command. */
import { setTimeout as delay } from "node:timers/promises";
import type { Statistics } from "@diamgen/runtime";
import { Command, Option } from "commander";
import { addSocketOptions, adminClient, type SocketOptions } from "./admin-source.js";
import { collected, timerSeconds } from "./arguments.js";
import { ExitCode } from "./exit-code.js";
import { put, untilInterrupted } from "./output.js";

interface Options extends SocketOptions {
  readonly peer?: readonly string[];
  readonly watch?: number | true;
  readonly json?: boolean;
}

const DEFAULT_WATCH_SECONDS = 2;

export function statsCommand(finish: (code: number) => void): Command {
  const command = addSocketOptions(new Command("stats"))
    .description("messages, results and latencies of a running server by peer and command, since it was started")
    .addOption(new Option("-p, --peer <name>", "of this peer alone; may be given several times").argParser(collected))
    .addOption(
      new Option(
        "-w, --watch [seconds]",
        `what happens from now on, every so many seconds (${DEFAULT_WATCH_SECONDS} where left out), until Ctrl-C`,
      ).argParser(timerSeconds),
    )
    .option("--json", "one JSON object a line, as docs/statistics.md has it");
  return command.action(async ({ peer, watch, json, ...source }: Options) => {
    const client = await adminClient(command, source);
    const { statisticsTable } = await import("./statistics-table.js");
    const { statisticsBetween } = await import("@diamgen/runtime");
    const show = (statistics: Statistics) => {
      const chosen = ofPeers(statistics, peer);
      return put(json === true ? `${JSON.stringify(chosen)}\n` : statisticsTable(chosen));
    };
    let before = await client.call("statistics", {});
    if (watch === undefined) await show(before);
    else {
      const ended = untilInterrupted();
      const ms = (watch === true ? DEFAULT_WATCH_SECONDS : watch) * 1000;
      for (;;) {
        await delay(ms, undefined, { signal: ended }).catch(() => {});
        if (ended.aborted) break;
        const after = await client.call("statistics", {});
        if (json !== true && !(await put(`${new Date(after.at).toISOString()}\n`))) break;
        if (!(await show(statisticsBetween(before, after)))) break;
        before = after;
      }
    }
    finish(ExitCode.OK);
  });
}

function ofPeers(statistics: Statistics, names: readonly string[] | undefined): Statistics {
  if (names === undefined) return statistics;
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return { ...statistics, peers: statistics.peers.filter(({ peer }) => wanted.has(peer)) };
}
