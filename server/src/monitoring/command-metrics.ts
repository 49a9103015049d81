/** Metrics of commands, by peer, from `node.statistics()`. */
import { type CommandStatistics, type LatencyStatistics, latencyBuckets, type Ways } from "@diamgen/runtime";
import { applicationLabel, commandLabel, resultLabel } from "./labels.js";
import type { Labels, MetricDefinition, Sample } from "./metric.js";
import type { NodeSource } from "./peer-metrics.js";

const OF_COMMAND = ["peer", "application", "command"] as const;

function* commands({ statistics, peerLabel }: NodeSource): Generator<[Labels, CommandStatistics]> {
  for (const { peer, commands: all } of statistics.peers)
    for (const command of all) {
      const application = applicationLabel(command.applicationId);
      yield [{ peer: peerLabel(peer), application, command: commandLabel(command.commandCode) }, command];
    }
}

function* bothWays(labels: Labels, ways: Ways): Generator<Sample> {
  for (const direction of ["sent", "received"] as const)
    if (ways[direction] > 0) yield { labels: { ...labels, direction }, value: ways[direction] };
}

function messages(name: string, help: string, of: (command: CommandStatistics) => Ways): MetricDefinition<NodeSource> {
  return {
    name,
    help,
    type: "counter",
    labels: [...OF_COMMAND, "direction"],
    *samples(source) {
      for (const [labels, command] of commands(source)) yield* bothWays(labels, of(command));
    },
  };
}

function latency(
  name: string,
  help: string,
  of: (command: CommandStatistics) => LatencyStatistics,
): MetricDefinition<NodeSource> {
  return {
    name,
    help,
    type: "histogram",
    labels: OF_COMMAND,
    *samples(source) {
      for (const [labels, command] of commands(source)) {
        const { count, sum, buckets } = of(command);
        if (count === 0) continue;
        for (const [index, bound] of latencyBuckets.entries())
          yield { suffix: "_bucket", labels: { ...labels, le: String(bound) }, value: buckets[index] ?? 0 };
        yield { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: count };
        yield { suffix: "_sum", labels, value: sum };
        yield { suffix: "_count", labels, value: count };
      }
    },
  };
}

export const COMMAND_METRICS: readonly MetricDefinition<NodeSource>[] = [
  messages("diamgen_requests_total", "Requests.", ({ requests }) => requests),
  messages("diamgen_retransmissions_total", "Requests with the T bit.", ({ retransmissions }) => retransmissions),
  {
    name: "diamgen_answers_total",
    help: "Answers, by Result-Code or vendor:Experimental-Result-Code.",
    type: "counter",
    labels: [...OF_COMMAND, "direction", "result"],
    *samples(source) {
      for (const [labels, { results }] of commands(source))
        for (const { vendorId, resultCode, ...ways } of results)
          yield* bothWays({ ...labels, result: resultLabel(vendorId, resultCode) }, ways);
    },
  },
  latency("diamgen_answered_seconds", "From our request to its answer.", ({ answeredIn }) => answeredIn),
  latency("diamgen_served_seconds", "From the request of a peer to our answer.", ({ servedIn }) => servedIn),
];
