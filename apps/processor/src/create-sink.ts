import { systemClock } from "@gatelog/pipeline";
import { type Config, type OutputConfig, outputName } from "./config.ts";
import { createElasticsearchSink } from "./elasticsearch-sink.ts";
import type { EventSink } from "./event-sink.ts";
import { createDiscardSink } from "./outputs/discard-sink.ts";
import type { Reports } from "./reports.ts";
import { createTopicSink } from "./topic-sink.ts";

/** The sink of a configured output. */
export function createSink(output: OutputConfig, { limits, outputs, seedTimeZone }: Config, reports: Reports): EventSink {
  const name = outputName(output);
  if ("discard" in output) return createDiscardSink();
  if ("topic" in output) {
    const onEvent = (event: Parameters<Reports["say"]>[0]) => reports.say(event, { output: name });
    return createTopicSink(output.topic, { seedTimeZone, requestBytesMax: limits.topicMessageBytesMax, onEvent });
  }
  return createElasticsearchSink(output.elasticsearch, {
    bulkBytesMax: limits.bulkBytesMax,
    key: `outputs[${outputs.indexOf(output)}].elasticsearch`,
    clock: systemClock,
    onReport: (report) => reports.say(report, { output: name }),
    onRefused: (code, message) => reports.documentRefused(name, `${code}: ${message}`),
  });
}
