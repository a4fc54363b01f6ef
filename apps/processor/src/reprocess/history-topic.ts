import { idFromKafka } from "@gatelog/log-record";
import { systemClock } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import type { ConsumedMessage, TopicConfig } from "@gatelog/topic";
import type { Config, TopicOutputConfig } from "../config.ts";
import type { EmbeddedInputConfig, KafkaInputConfig } from "../inputs/topic-input.ts";
import { createOutputTls } from "../outputs/output-tls.ts";
import type { Reports } from "../reports.ts";

/** A topic that history is read from. */
export interface HistoryTopic {
  readonly config: TopicConfig;
  /** The id that a message without one of its own got at first; undefined where that cannot be known. */
  readonly idOf: (message: ConsumedMessage, partition: number) => string | undefined;
}

interface Candidate {
  readonly name: string;
  readonly key: string;
  readonly output?: TopicOutputConfig;
  readonly input?: KafkaInputConfig | EmbeddedInputConfig;
}

/** The topic of that name among outputs and inputs, by default the first output's. **Errors**: StartError, one sentence. */
export function historyTopicOf(config: Config, name: string | undefined, reports: Reports): HistoryTopic {
  const all = candidatesOf(config);
  const found = name === undefined ? all[0] : all.find((one) => one.name === name);
  if (found === undefined) {
    const names = all.map((one) => one.name).join(", ") || "none";
    throw new StartError(
      `reprocess: the configuration has no ${name === undefined ? "topic" : `topic "${name}"`} among its outputs and inputs; it has: ${names}`,
    );
  }
  if (found.output?.value === "seed")
    throw new StartError(
      `reprocess: the topic ${found.name} has seven fields of each record alone (value: seed), which is too little: take another source`,
    );
  return found.output === undefined ? ofInput(found, reports) : ofOutput(found, found.output, reports);
}

function candidatesOf({ inputs, outputs }: Config): Candidate[] {
  return [
    ...outputs.flatMap((output, index): Candidate[] =>
      "topic" in output ? [{ name: output.topic.name, key: `outputs[${index}].topic`, output: output.topic }] : [],
    ),
    ...inputs.flatMap((input, index): Candidate[] => {
      if ("kafka" in input) return [{ name: input.kafka.topic, key: `inputs[${index}].kafka`, input: input.kafka }];
      return "embedded" in input ? [{ name: input.embedded.topic, key: `inputs[${index}].embedded`, input: input.embedded }] : [];
    }),
  ];
}

/** What an output wrote carries its ids; where brokers have no headers the record may have one itself. */
function ofOutput({ key }: Candidate, output: TopicOutputConfig, reports: Reports): HistoryTopic {
  const { name } = output;
  if (!("kafka" in output)) return { config: { embedded: { dir: output.embedded.dir }, name }, idOf: () => undefined };
  const { tls: files, ...kafka } = output.kafka;
  return { config: { kafka: { ...kafka, ...tlsOf(files, key, reports) }, name }, idOf: () => undefined };
}

/** What an input reads got the ids of its places. */
function ofInput({ name, key, input }: Candidate, reports: Reports): HistoryTopic {
  const idOf: HistoryTopic["idOf"] = ({ offset }, partition) => idFromKafka(name, partition, offset);
  if (input === undefined || !("brokers" in input)) return { config: { embedded: { dir: input?.dir ?? "" }, name }, idOf };
  const { topic: _topic, group: _group, codec: _codec, tls: files, ...kafka } = input;
  return { config: { kafka: { ...kafka, ...tlsOf(files, key, reports) }, name }, idOf };
}

function tlsOf(files: Parameters<typeof createOutputTls>[0], key: string, reports: Reports) {
  const tls = createOutputTls(files, {
    key: `${key}.tls`,
    clock: systemClock,
    onReport: (report) => reports.say(report, { source: "topic" }),
  });
  return tls === undefined ? {} : { tls };
}
