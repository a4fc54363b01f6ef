import { systemClock } from "@gatelog/pipeline";
import { type Config, type OutputConfig, outputName } from "./config.ts";
import { createElasticsearchSink } from "./elasticsearch-sink.ts";
import type { EventSink } from "./event-sink.ts";
import { createDiscardSink } from "./outputs/discard-sink.ts";
import { FileSink } from "./outputs/file-sink.ts";
import { HttpSink } from "./outputs/http-sink.ts";
import { createOutputTls } from "./outputs/output-tls.ts";
import { StdoutSink } from "./outputs/stdout-sink.ts";
import type { Report, Reports } from "./reports.ts";
import { createTopicSink } from "./topic-sink.ts";

/** The sink of a configured output. */
export function createSink(output: OutputConfig, { limits, outputs, seedTimeZone }: Config, reports: Reports): EventSink {
  const name = outputName(output);
  if ("discard" in output) return createDiscardSink();
  const key = `outputs[${outputs.indexOf(output)}]`;
  const onReport = (report: Report) => reports.say(report, { output: name });
  if ("stdout" in output) return new StdoutSink(process.stdout, output.stdout.format);
  if ("file" in output) return new FileSink(output.file, `${key}.file`);
  if ("http" in output) {
    const tls = createOutputTls(output.http.tls, { key: `${key}.http.tls`, clock: systemClock, onReport });
    return new HttpSink(output.http, { clock: systemClock, tls });
  }
  if ("topic" in output) {
    const files = "kafka" in output.topic ? output.topic.kafka.tls : undefined;
    return createTopicSink(output.topic, {
      seedTimeZone,
      requestBytesMax: limits.topicMessageBytesMax,
      tls: createOutputTls(files, { key: `${key}.topic.kafka.tls`, clock: systemClock, onReport }),
      onEvent: onReport,
      onNameRefused: (reason) => reports.topicNameRefused(name, reason),
      onThreadEnded: ({ message }) =>
        onReport({ code: "GATELOG_PROCESSOR_RECORD_THREAD_ENDED", level: "warn", message: threadEnded(message) }),
    });
  }
  return createElasticsearchSink(output.elasticsearch, {
    bulkBytesMax: limits.bulkBytesMax,
    key: `${key}.elasticsearch`,
    clock: systemClock,
    onReport,
    onRefused: (code, message) => reports.documentRefused(name, `${code}: ${message}`),
  });
}

function threadEnded(reason: string): string {
  return `the thread that makes records for Kafka ended (${reason}): for a minute they are made beside everything else, which is slower`;
}
