import { type ClientTls, clientTlsMaterial, type TlsFilesOptions } from "@gatelog/service-kit";
import type { ConsumerConfig, KafkaTopicConfig, TopicConfig } from "@gatelog/topic";
import type { TopicSourceConfig } from "./config.ts";

/** What the brokers' certificates are followed with; the key is ours. */
export type TopicTlsOptions = Omit<TlsFilesOptions, "key">;

/** The names of the topics that are read; the first may stand for all. */
export function topicNames({ name, names }: TopicSourceConfig): readonly [string, ...string[]] {
  const [first = "", ...others] = names ?? (name === undefined ? [] : [name]);
  return [first, ...others];
}

/** The topics that are read, as libs/topic wants them. */
export function sourceTopic(topic: TopicSourceConfig, tls: TopicTlsOptions): ConsumerConfig {
  const { names, group, outOfRange } = topic;
  const common = { name: topicNames(topic)[0], ...(names && { names }), group, outOfRange };
  return "kafka" in topic ? { kafka: withTls(topic.kafka, tls), ...common } : { embedded: topic.embedded, ...common };
}

/** Where the dead letters of a topic go. */
export const deadLetterName = (topic: string): string => `${topic}.dlt`;

/** Who reads the dead letters: `db-sink dlt replay` keeps its progress there. */
export const deadLetterGroup = ({ group }: TopicSourceConfig): string => `${group}.dlt`;

/**
 * The topic of the dead letters, beside the one that is read. In a directory they are kept for the group `<group>.dlt`, which
 * is whoever reads them: without a group they would not be kept at all.
 */
export function deadLetterTopic(topic: TopicSourceConfig, tls: TopicTlsOptions, source: string): TopicConfig {
  const name = deadLetterName(source);
  return "kafka" in topic
    ? { kafka: withTls(topic.kafka, tls), name }
    : { embedded: { ...topic.embedded, groups: [deadLetterGroup(topic)] }, name };
}

type KafkaConfig = KafkaTopicConfig["kafka"];

function withTls({ tls, ...kafka }: Omit<KafkaConfig, "tls"> & { readonly tls?: ClientTls }, options: TopicTlsOptions): KafkaConfig {
  const material = clientTlsMaterial(tls, { ...options, key: "topic.kafka.tls" });
  return material === undefined ? kafka : { ...kafka, tls: material };
}
