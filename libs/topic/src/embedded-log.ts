import { isAbsolute, join, relative } from "node:path";
import { DeliveryError } from "@gatelog/pipeline";
import type { SegmentLogEvent } from "@gatelog/segment-log";
import type { EmbeddedTopicConfig, TopicHooks } from "./topic.ts";

/** The group that is registered when the producer's configuration lists none. */
export const defaultGroups: readonly string[] = ["gatelog-db-sink"];

/** Milliseconds between two attempts to open a log that is locked, missing or refused. */
export const reopenMs = Object.freeze({ min: 100, max: 1_000 });

const kafkaName = /^[A-Za-z0-9._-]{1,249}$/;

/** Directory of the topic's log. Throws GATELOG_TOPIC_EMBEDDED_NAME when the topic's name cannot be a directory's. */
export function logDirectory(config: EmbeddedTopicConfig): string {
  const directory = join(config.embedded.dir, config.name);
  const below = relative(config.embedded.dir, directory);
  if (kafkaName.test(config.name) && below !== "" && !below.startsWith("..") && !isAbsolute(below)) return directory;
  const message = `the topic name ${JSON.stringify(config.name)} is not usable: take 1 to 249 letters, digits, dots, hyphens and underscores`;
  throw new DeliveryError("GATELOG_TOPIC_EMBEDDED_NAME", message, { permanent: true });
}

/** Tells the log's events as the topic's. */
export function tellLogEvents(hooks: TopicHooks): (event: SegmentLogEvent) => void {
  return (event) => {
    const { level, message } = event;
    const base = { code: "GATELOG_TOPIC_EMBEDDED_LOG", level, message: `${event.type}: ${message}` };
    hooks.onEvent?.(event.error === undefined ? base : { ...base, error: event.error });
  };
}

/** One sentence of an error, for a status. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
