import type { Config, OutputConfig } from "./config.ts";
import type { EventSink } from "./event-sink.ts";
import type { Report } from "./reports.ts";
import { createTopicSink } from "./topic-sink.ts";

/** The sink of a configured output. */
export function createSink(output: OutputConfig, { limits, seedTimeZone }: Config, onEvent: (event: Report) => void): EventSink {
  return createTopicSink(output.topic, { seedTimeZone, requestBytesMax: limits.topicMessageBytesMax, onEvent });
}
