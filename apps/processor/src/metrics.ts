import type { Registry } from "@gatelog/service-kit";
import { Counter, Gauge } from "prom-client";
import type { FilterChain, NodeCounts } from "./filters/chain.ts";
import type { InputLoad } from "./inputs/input.ts";

/** Values that are read when somebody asks for the metrics. */
export interface LiveValues {
  readonly bufferBytes: number;
  readonly bufferBytesMax: number;
  readonly deadLetterBytes: number;
  /** What each input holds. */
  readonly loadOf: ReadonlyMap<string, InputLoad>;
  /** Events in the buffer that each output has not written. */
  readonly lagOf: ReadonlyMap<string, number>;
  /** The filters that each output runs. */
  readonly chainOf: ReadonlyMap<string, Pick<FilterChain, "allNodes">>;
}

/** The processor's metrics. */
export interface Metrics {
  readonly eventsReceived: Counter<"input">;
  readonly bytesReceived: Counter<"input">;
  readonly batchesAcknowledged: Counter<"input">;
  readonly sendersDisconnected: Counter<"input" | "code">;
  readonly requestsRefused: Counter<"input" | "status">;
  readonly fileBytesLost: Counter<"input">;
  readonly fileLinesCut: Counter<"input">;
  readonly stdinLinesLost: Counter<"input">;
  readonly framesWithoutLine: Counter;
  readonly linesOverlong: Counter;
  readonly maskingOmitted: Counter;
  readonly eventsDelivered: Counter<"output">;
  readonly deliveriesRetried: Counter<"output" | "code">;
  readonly deadLetters: Counter<"output" | "code">;
  readonly deadLettersSettled: Counter<"output" | "outcome">;
  readonly documentsMinimal: Counter<"output">;
  readonly eventsUnwanted: Counter<"output">;
  readonly topicNamesRefused: Counter<"output">;
  readonly filterErrors: Counter<"output" | "filter">;
  readonly recordsLost: Counter;
  readonly configReloads: Counter<"result">;
  /** Says where the live values come from. */
  readonly observe: (read: () => LiveValues) => void;
}

/** Makes the processor's metrics in the registry. */
export function createMetrics(registry: Registry): Metrics {
  let read: (() => LiveValues) | undefined;
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `gatelog_processor_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const gauge = (name: string, help: string, value: (live: LiveValues) => number) =>
    new Gauge({
      name: `gatelog_processor_${name}`,
      help,
      registers: [registry],
      collect() {
        if (read !== undefined) this.set(value(read()));
      },
    });
  gauge("buffer_bytes", "Bytes of the buffer's files.", (live) => live.bufferBytes);
  gauge("buffer_limit_bytes", "buffer.bytesMax: at this size senders are not acknowledged.", (live) => live.bufferBytesMax);
  gauge("dead_letters_bytes", "Bytes of the dead letters' files.", (live) => live.deadLetterBytes);
  const perInput = (name: string, help: string, value: (load: InputLoad) => number) =>
    new Gauge({
      name: `gatelog_processor_${name}`,
      help,
      labelNames: ["input"],
      registers: [registry],
      collect() {
        for (const [input, load] of read?.().loadOf ?? []) this.set({ input }, value(load));
      },
    });
  perInput("input_connections", "Open connections of senders.", ({ connections }) => connections);
  perInput("input_in_flight_bytes", "Bytes of events in memory that are not yet durable.", ({ inFlightBytes }) => inFlightBytes);
  const lag = new Gauge({
    name: "gatelog_processor_output_lag_events",
    help: "Events in the buffer that the output has not written.",
    labelNames: ["output"],
    collect() {
      for (const [output, events] of read?.().lagOf ?? []) this.set({ output }, events);
    },
    registers: [],
  });
  registry.registerMetric(lag);
  const perNode = (name: string, help: string, value: (counts: NodeCounts) => number) =>
    new Counter({
      name: `gatelog_processor_node_${name}`,
      help,
      labelNames: ["output", "node"],
      registers: [registry],
      collect() {
        this.reset();
        for (const [output, chain] of read?.().chainOf ?? [])
          for (const { name: node, counts } of chain.allNodes()) this.inc({ output, node }, value(counts));
      },
    });
  perNode("events_total", "Events that came to a filter or condition of an output.", (counts) => counts.in);
  perNode("dropped_total", "Events that it, or what stands in it, dropped.", ({ dropped }) => dropped);
  perNode("failed_total", "Events on which it failed; they went on, with a tag.", ({ failed }) => failed);
  perNode("seconds_total", "Time that it took, with what stands in it; estimated from one event in 64.", ({ seconds }) => seconds);
  return {
    eventsReceived: counter("events_received_total", "Events that are durable in the buffer.", ["input"]),
    bytesReceived: counter("received_bytes_total", "Bytes that these events came in: frames, messages, lines.", ["input"]),
    batchesAcknowledged: counter("batches_acknowledged_total", "Batches that may be acknowledged to their sender.", ["input"]),
    sendersDisconnected: counter(
      "senders_disconnected_total",
      "Connections that were refused, or ended for what their sender did or did not send, by the error's code.",
      ["input", "code"],
    ),
    requestsRefused: counter("http_requests_refused_total", "Requests that were not answered with 200, by status.", ["input", "status"]),
    fileBytesLost: counter("file_lost_bytes_total", "Bytes of files that vanished before they were read.", ["input"]),
    fileLinesCut: counter("file_lines_cut_total", "Lines of files that were longer than lineBytesMax, and were cut.", ["input"]),
    stdinLinesLost: counter("stdin_lines_lost_total", "Lines of standard input that were read and given up at a stop.", ["input"]),
    framesWithoutLine: counter("frames_without_line_total", "Frames that are no JSON or have no message; their bytes became the line."),
    linesOverlong: counter("lines_overlong_total", "Lines over limits.lineBytesMax; they are delivered where an output takes them."),
    maskingOmitted: counter(
      "masking_omitted_total",
      "Foreign events of which the line, or the fields, were longer than masking.charsMax, and were omitted.",
    ),
    eventsDelivered: counter("events_delivered_total", "Events that an output has written.", ["output"]),
    deliveriesRetried: counter("deliveries_retried_total", "Attempts of an output that failed and were repeated.", ["output", "code"]),
    deadLetters: counter("dead_letters_total", "Events that an output refused for good; they are kept.", ["output", "code"]),
    deadLettersSettled: counter(
      "dead_letters_settled_total",
      "Dead letters that were replayed, refused again, or purged by way of the admin server.",
      ["output", "outcome"],
    ),
    documentsMinimal: counter(
      "documents_minimal_total",
      "Documents that were stored without their fields, because the cluster refused these.",
      ["output"],
    ),
    eventsUnwanted: counter("events_unwanted_total", "Events that an output's own condition (when) kept from it.", ["output"]),
    topicNamesRefused: counter(
      "topic_names_refused_total",
      "Events whose fields name a topic that they may not have; they went to the output's own topic.",
      ["output"],
    ),
    filterErrors: counter("filter_errors_total", "Filters that failed on an event.", ["output", "filter"]),
    recordsLost: counter("buffer_records_lost_total", "Acknowledged records of the buffer that cannot be read any more (a damaged disk)."),
    configReloads: counter("config_reloads_total", "Times that the configuration was loaded again: applied, or refused.", ["result"]),
    observe: (source) => (read = source),
  };
}
