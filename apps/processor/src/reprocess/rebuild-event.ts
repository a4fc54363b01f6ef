import { Buffer } from "node:buffer";
import {
  eventDay,
  fieldNotes,
  formatRecord,
  formatSeed,
  identify,
  isUuid,
  type LogRecord,
  parseLine,
  type RecordField,
} from "@gatelog/log-record";
import type { StoredDocument } from "@gatelog/elasticsearch";
import { isCarriedTime } from "../fix-identity.ts";
import { encodeEvent } from "../plain-event.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface RebuildOptions {
  /** Of the index that it stands in. */
  readonly day: string;
  readonly seedTimeZone: string;
}

/**
 * The event that a stored document was made of, under its id: its line is `event.original` or `message` where there is one, else it is written again from
 * the record's fields.
 *
 * Undefined for what is no document of ours, and where the line would not say again what the document says: it can only be kept as it is. What filters
 * behind `ecs` took away is not in the document and does not come back.
 */
export function rebuildEvent(document: StoredDocument, options: RebuildOptions): WorkEvent | undefined {
  const { id, source } = document;
  if (!isUuid(id) || id !== id.toLowerCase()) return undefined;
  const parts = objectOf(source["event"])["dataset"] === "gatelog.call" ? ofRecord(document, options) : ofFields(source);
  if (parts === undefined) return undefined;
  const line = Buffer.from(parts.line);
  const time = timeOf(parts.time, line, options);
  return decodeEvent(encodeEvent({ id, time, type: "record", line, fieldsJson: parts.fieldsJson }));
}

interface Parts {
  readonly line: string;
  readonly fieldsJson: string;
  readonly time: unknown;
}

/** What `ecs` made. */
function ofRecord({ id, source }: StoredDocument, { seedTimeZone }: RebuildOptions): Parts | undefined {
  const original = objectOf(source["event"])["original"];
  const time = source["@timestamp"];
  const fieldsJson = fieldsJsonOf({ ...tagsOf(source) });
  if (typeof original === "string") return { line: original, fieldsJson, time };
  const record = recordOf(source, id);
  const extra = extraOf(source);
  const isOwn = record.v === 1;
  const line = isOwn ? formatRecord(record, extra) : formatSeed(record, { timeZone: seedTimeZone });
  const again = parseLine(line, { seedTimeZone });
  if (again.kind !== "record" || again.parseError !== undefined) return undefined;
  return isSame(again.record, record, isOwn) ? { line, fieldsJson, time } : undefined;
}

/** What was stored without `ecs`: the line and the fields, as Logstash stores them. */
function ofFields(source: Fields): Parts | undefined {
  const { message, gatelog, tags, ...others } = source;
  if (typeof message !== "string" || !("id" in objectOf(gatelog))) return undefined;
  const { id: _id, filter_errors: _errors, ...more } = objectOf(gatelog);
  const fields = { ...others, ...(Object.keys(more).length > 0 && { gatelog: more }), ...tagsOf({ tags }) };
  return { line: message, fieldsJson: fieldsJsonOf(fields), time: source["@timestamp"] };
}

/** All but those of filters that failed then: today's may not. */
function tagsOf({ tags }: Fields): { readonly tags?: readonly unknown[] } {
  const all: readonly unknown[] = Array.isArray(tags) ? tags : typeof tags === "string" ? [tags] : [];
  const kept = all.filter((tag) => typeof tag !== "string" || !/^_.+failure$/.test(tag));
  return kept.length > 0 ? { tags: kept } : {};
}

function fieldsJsonOf(fields: Fields): string {
  return Object.keys(fields).length === 0 ? "" : JSON.stringify(fields);
}

/** The time says the day: where neither document nor line has that of the index, it is the day's beginning. */
function timeOf(given: unknown, line: Buffer, { day, seedTimeZone }: RebuildOptions): string {
  const candidates = [given, identify(line, { seedTimeZone }).time];
  const fitting = candidates.find((time): time is string => isCarriedTime(time) && eventDay(time) === day);
  return fitting ?? `${day}T00:00:00.000Z`;
}

function recordOf(source: Fields, id: string): LogRecord {
  const record: Record<string, unknown> = {};
  for (const [field, { ecs }] of fieldNotes) {
    const value = valueAt(source, ecs);
    if (value !== undefined) record[field] = (fromValue[field] ?? same)(value);
  }
  const { v, ...others } = record;
  return { ...(v === undefined ? {} : { v }), id, ...others } as unknown as LogRecord;
}

/** What the document has in another form than the record. */
const fromValue: Partial<Record<RecordField, (value: unknown) => unknown>> = {
  durationMs: (nanoseconds) => (typeof nanoseconds === "number" ? nanoseconds / 1_000_000 : nanoseconds),
  requestHeaders: (pairs) => fromPairs(pairs, true),
  responseHeaders: (pairs) => fromPairs(pairs, true),
  labels: (pairs) => fromPairs(pairs, false),
};

const same = (value: unknown) => value;

/** `name: value` each; a header that stands there more than once has a list. */
function fromPairs(pairs: unknown, hasLists: boolean): unknown {
  if (!Array.isArray(pairs)) return pairs;
  const map = new Map<string, string | string[]>();
  for (const pair of pairs) {
    const [, name = "", value = ""] = /^([^]*?): ([^]*)$/.exec(String(pair)) ?? [];
    const before = map.get(name);
    if (before === undefined || !hasLists) map.set(name, value);
    else map.set(name, [...(Array.isArray(before) ? before : [before]), value]);
  }
  return Object.fromEntries(map);
}

function extraOf(source: Fields): Record<string, unknown> | undefined {
  const json = objectOf(source["gatelog"])["extra"];
  if (typeof json !== "string") return undefined;
  try {
    return { ...objectOf(JSON.parse(json)) };
  } catch {
    return undefined;
  }
}

/** Whether the line that was written anew says what the document says. Seconds are all that a seed line has of a time. */
function isSame(again: LogRecord, record: LogRecord, isOwn: boolean): boolean {
  for (const [field] of fieldNotes) {
    const wanted = record[field];
    const found = again[field];
    if (wanted === undefined || (!isOwn && (field === "v" || field === "seq"))) continue;
    if (JSON.stringify(found) !== JSON.stringify(wanted)) return false;
  }
  return true;
}

function valueAt(source: Fields, path: string): unknown {
  let value: unknown = source;
  for (const name of path.split(".")) value = objectOf(value)[name];
  return value;
}

const nothing: Fields = Object.freeze({});

function objectOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : nothing;
}
