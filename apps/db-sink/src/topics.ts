import { type ClientTls, clientTlsMaterial, type TlsFilesOptions } from "@gatelog/service-kit";
import type { KafkaTopicConfig, TopicConfig } from "@gatelog/topic";
import type { TopicSourceConfig } from "./config.ts";

/** What the brokers' certificates are followed with; the key is ours. */
export type TopicTlsOptions = Omit<TlsFilesOptions, "key">;

/** The topic that is read, as libs/topic wants it. */
export function sourceTopic(topic: TopicSourceConfig, tls: TopicTlsOptions): TopicConfig & { readonly group: string } {
  const { name, group } = topic;
  return "kafka" in topic ? { kafka: withTls(topic.kafka, tls), name, group } : { embedded: topic.embedded, name, group };
}

/**
 * The topic of the dead letters, beside the one that is read. In a directory they are kept for the group `<group>.dlt`, which
 * is whoever reads them: without a group they would not be kept at all.
 */
export function deadLetterTopic(topic: TopicSourceConfig, tls: TopicTlsOptions): TopicConfig {
  const name = `${topic.name}.dlt`;
  return "kafka" in topic
    ? { kafka: withTls(topic.kafka, tls), name }
    : { embedded: { ...topic.embedded, groups: [`${topic.group}.dlt`] }, name };
}

type KafkaConfig = KafkaTopicConfig["kafka"];

function withTls({ tls, ...kafka }: Omit<KafkaConfig, "tls"> & { readonly tls?: ClientTls }, options: TopicTlsOptions): KafkaConfig {
  const material = clientTlsMaterial(tls, { ...options, key: "topic.kafka.tls" });
  return material === undefined ? kafka : { ...kafka, tls: material };
}
