import type { TopicConfig } from "@gatelog/topic";
import type { TopicSourceConfig } from "./config.ts";

/** The topic that is read, as libs/topic wants it. */
export function sourceTopic(topic: TopicSourceConfig): TopicConfig & { readonly group: string } {
  const { name, group } = topic;
  return "kafka" in topic ? { kafka: topic.kafka, name, group } : { embedded: topic.embedded, name, group };
}

/**
 * The topic of the dead letters, beside the one that is read. In a directory they are kept for the group `<group>.dlt`, which
 * is whoever reads them: without a group they would not be kept at all.
 */
export function deadLetterTopic(topic: TopicSourceConfig): TopicConfig {
  const name = `${topic.name}.dlt`;
  return "kafka" in topic ? { kafka: topic.kafka, name } : { embedded: { ...topic.embedded, groups: [`${topic.group}.dlt`] }, name };
}
