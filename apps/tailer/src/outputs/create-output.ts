import { join } from "node:path";
import type { Clock } from "@gatelog/pipeline";
import type { Config } from "../config.ts";
import type { EventEncoder } from "../event-encoder.ts";
import type { Reports } from "../reports.ts";
import { DeadLetterFile } from "./dead-letter-file.ts";
import { type EventSink, EventsOutput } from "./events-output.ts";
import { FileSink } from "./file-sink.ts";
import { LumberjackOutput } from "./lumberjack-output.ts";
import type { Output } from "./output.ts";
import { StreamSink } from "./stdout-sink.ts";

export interface OutputParts {
  readonly encoder: EventEncoder;
  readonly clock: Clock;
  readonly reports: Reports;
  /** Stops the tailer: the output will never take anything again. */
  readonly giveUp: (reason: string) => void;
}

/** The output that the configuration names. */
export async function createOutput(config: Config, parts: OutputParts): Promise<Output> {
  const { output, retry } = config;
  const { reports } = parts;
  const deadLetters = new DeadLetterFile(join(config.registryDir, "dead-letters.ndjson"));
  if ("lumberjack" in output) {
    const events = {
      onEvent: reports.connection.bind(reports),
      onTlsReload: reports.tlsReloaded.bind(reports),
      onTlsUnusable: reports.tlsUnusable.bind(reports),
    };
    return new LumberjackOutput({ ...parts, ...events, deadLetters, config: output.lumberjack, retry });
  }
  return new EventsOutput({ ...parts, retry, deadLetters, sink: await createSink(config, parts) });
}

async function createSink({ output, inputs }: Config, { clock, reports, giveUp }: OutputParts): Promise<EventSink> {
  if ("topic" in output) {
    // A Kafka client takes memory, which whoever sends to Logstash need not give.
    const { createTopicSink } = await import("./topic-sink.ts");
    const zones = new Map(inputs.map(({ id, seedTimeZone }) => [id, seedTimeZone]));
    return createTopicSink(output.topic, {
      seedTimeZoneOf: (id) => zones.get(id) ?? "UTC",
      onEvent: (event) => reports.topic(event),
      tls: { clock, onReload: () => reports.tlsReloaded(), onUnusable: (error) => reports.tlsUnusable(error) },
    });
  }
  if ("file" in output) return new FileSink(output.file);
  if ("stdout" in output) return new StreamSink(process.stdout, { ...output.stdout, onGone: giveUp });
  throw new Error("the configuration names no output");
}
