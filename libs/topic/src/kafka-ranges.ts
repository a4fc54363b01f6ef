import { DeliveryError } from "@gatelog/pipeline";
import { isUnknownTopic } from "./kafka-errors.ts";
import type { Admin } from "./kafkajs.ts";

/** A partition whose log does not have the offset that the group committed. */
export interface OutOfRangePlace {
  readonly topic: string;
  readonly partition: number;
  /** The offset that the group would read next. */
  readonly committed: string;
  /** The oldest offset that is kept. */
  readonly low: string;
  /** The offset behind the newest message. */
  readonly high: string;
}

/** What a member has to know of its topics before it joins the group. */
export interface TopicSurvey {
  readonly present: readonly string[];
  readonly missing: readonly string[];
  readonly outOfRange: readonly OutOfRangePlace[];
}

/** Which topics, read by which group. */
export interface GroupTopics {
  readonly topics: readonly string[];
  readonly group: string;
}

/**
 * Which topics there are, and where the group stands outside of their logs. A partition that the group never committed is not out of
 * range: it is read from the oldest message.
 *
 * **Errors**: as kafkajs; where no topic exists, UNKNOWN_TOPIC_OR_PARTITION.
 */
export async function surveyTopics(admin: Admin, { topics, group }: GroupTopics): Promise<TopicSurvey> {
  const present: string[] = [];
  const missing: string[] = [];
  for (const topic of topics) ((await exists(admin, topic, topics.length > 1)) ? present : missing).push(topic);
  // Also an error that says which: nothing can be read at all.
  if (present.length === 0) await admin.fetchTopicMetadata({ topics: [...topics] });
  return { present, missing, outOfRange: await findOutOfRange(admin, { topics: present, group }) };
}

async function exists(admin: Admin, topic: string, mayBeMissing: boolean): Promise<boolean> {
  try {
    await admin.fetchTopicMetadata({ topics: [topic] });
    return true;
  } catch (error) {
    if (mayBeMissing && isUnknownTopic(error)) return false;
    throw error;
  }
}

/** Looked at twice: between the two questions another member may have committed what retention then removed. */
async function findOutOfRange(admin: Admin, scope: GroupTopics): Promise<readonly OutOfRangePlace[]> {
  const found = await placesOutOfRange(admin, scope);
  if (found.length === 0) return found;
  const again = await placesOutOfRange(admin, scope);
  return again.filter((place) => found.some(({ topic, partition }) => topic === place.topic && partition === place.partition));
}

async function placesOutOfRange(admin: Admin, { topics, group }: GroupTopics): Promise<readonly OutOfRangePlace[]> {
  if (topics.length === 0) return [];
  // The commits first: asked the other way round, a group that reads on would seem to stand behind the end.
  const commits = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
  const places: OutOfRangePlace[] = [];
  for (const { topic, partitions } of commits) {
    const committedOf = new Map(partitions.map(({ partition, offset }) => [partition, offset]));
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const committed = committedOf.get(partition) ?? "-1";
      if (isOutside(committed, { low, high })) places.push({ topic, partition, committed, low, high });
    }
  }
  return places;
}

function isOutside(committed: string, { low, high }: { readonly low: string; readonly high: string }): boolean {
  const offset = BigInt(committed);
  return offset >= 0n && (offset < BigInt(low) || offset > BigInt(high));
}

/** `kerry/0: committed 500, the log has 0 to 120`. */
export function describeOutOfRange({ topic, partition, committed, low, high }: OutOfRangePlace): string {
  return `${topic}/${partition}: committed ${committed}, the log has ${low} to ${high}`;
}

/** Thrown where nothing can be read before somebody decides where to go on. */
export function outOfRangeError(group: string, places: readonly OutOfRangePlace[]): DeliveryError {
  const message = `the group ${group} stands outside of the log (${places.map(describeOutOfRange).join("; ")}); set its offsets with Kafka's tools, or topic.outOfRange to earliest or latest`;
  return new DeliveryError("GATELOG_TOPIC_OUT_OF_RANGE", message, { permanent: false });
}

/** Whether two surveys would be answered by the same kind of member. */
export function isSameSurvey(one: TopicSurvey, other: TopicSurvey): boolean {
  const key = ({ missing, outOfRange }: TopicSurvey) =>
    JSON.stringify([missing, outOfRange.map(({ topic, partition, committed }) => [topic, partition, committed])]);
  return key(one) === key(other);
}
