/** Statistics of a node for people. */
import type { CommandStatistics, LatencyStatistics, Statistics } from "@diamgen/runtime";
import { commandName, resultLabel } from "../monitoring/labels.js";
import { table } from "./output.js";
import { percentile } from "./percentile.js";

const HEADER = ["PEER", "APPLICATION", "COMMAND", "", "REQUESTS", "AGAIN", "RESULTS", "P50", "P95", "P99"];

/** A line for each peer, command and direction in which something went: `<-` its requests and our answers, `->` ours and its answers. */
export function statisticsTable({ peers }: Statistics): string {
  const rows = peers.flatMap(({ peer, commands }) =>
    commands.flatMap((command) => [
      ...row(peer, command, "<-", "received", "sent", command.servedIn),
      ...row(peer, command, "->", "sent", "received", command.answeredIn),
    ]),
  );
  return rows.length === 0 ? "nothing was sent or received\n" : table([HEADER, ...rows]);
}

type Way = "sent" | "received";

function row(
  peer: string,
  command: CommandStatistics,
  arrow: string,
  asked: Way,
  answered: Way,
  latency: LatencyStatistics,
): readonly (readonly string[])[] {
  const { applicationId, commandCode, requests, answers, retransmissions } = command;
  if (requests[asked] === 0 && answers[answered] === 0) return [];
  const results = command.results
    .filter((result) => result[answered] > 0)
    .map((result) => `${resultLabel(result.vendorId, result.resultCode)}:${result[answered]}`);
  return [
    [
      peer,
      String(applicationId),
      commandName(commandCode),
      arrow,
      String(requests[asked]),
      String(retransmissions[asked]),
      results.join(" ") || "-",
      ...[0.5, 0.95, 0.99].map((part) => milliseconds(percentile(latency, part))),
    ],
  ];
}

function milliseconds(inSeconds: number | undefined): string {
  if (inSeconds === undefined) return "-";
  const ms = inSeconds * 1000;
  return `${ms < 100 ? ms.toPrecision(2) : Math.round(ms)}ms`;
}
