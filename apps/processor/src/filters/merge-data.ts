import type { WorkEvent } from "../work-event.ts";
import { assignField, textOf } from "./field-path.ts";

/** More tags than that in a text are no tags. */
const tagsMax = 100;

/** Names of an event's own parts, which keys from data cannot take. */
const ownNames: ReadonlySet<string> = new Set(["message", "gatelog", "@metadata"]);

/**
 * Puts a value under a key that comes from data among the event's fields. Keys that would replace the line, the identity, the tags or the time by
 * something that is none are kept with an underscore before them, as Logstash does with `_tags`.
 */
export function putField(event: WorkEvent, key: string, value: unknown): void {
  if (key === "tags" && isTags(value)) return addTags(event, value);
  const isTaken = ownNames.has(key) || key === "tags" || (key === "@timestamp" && !isTimestamp(value));
  assignField(event.root, isTaken ? `_${key}` : key, value);
}

/** Puts all of an object's values among the event's fields. */
export function putFields(event: WorkEvent, values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values)) putField(event, key, value);
}

/** The line that a value under the key `message` is. */
export function putMessage(event: WorkEvent, value: unknown): void {
  event.message = textOf(value);
}

function addTags(event: WorkEvent, tags: string | readonly string[]): void {
  for (const tag of typeof tags === "string" ? [tags] : tags) event.addTag(tag);
}

function isTags(value: unknown): value is string | readonly string[] {
  if (Array.isArray(value)) return value.length <= tagsMax && value.every((tag) => typeof tag === "string");
  return typeof value === "string";
}

const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

function isTimestamp(value: unknown): boolean {
  return typeof value === "string" && timestampPattern.test(value) && !Number.isNaN(Date.parse(value));
}
