import { Type } from "typebox";

/** How a SQL column holds a field. `timestamp` is UTC with milliseconds, `json` is JSON text. */
export const storageTypes = ["text", "integer", "real", "boolean", "timestamp", "json"] as const;
export type StorageType = (typeof storageTypes)[number];

/** The two tables of a call: metadata, and what is large (with a retention of its own). */
export const callTables = ["interface_log", "interface_body"] as const;
export type CallTable = (typeof callTables)[number];

/**
 * What every store needs to know of a field, kept beside its JSON type so that no store has a list of its own.
 *
 * **Shape**: `{ column: "request_id", table: "interface_log", storage: "text", lengthMax: 256, ecs: "http.request.id", search: { type: "keyword", … } }`.
 */
export interface FieldNotes {
  readonly column: string;
  readonly table: CallTable;
  readonly storage: StorageType;
  /** Characters (UTF-16 units) that a text column holds; absent where the column is unbounded. */
  readonly lengthMax?: number;
  /** Largest value of a number, so that a store can choose the width of its column. */
  readonly max?: number;
  /** Dotted name in the Elasticsearch document. */
  readonly ecs: string;
  /** The field's Elasticsearch mapping. */
  readonly search: Readonly<Record<string, unknown>>;
}

/** Longest keyword that Lucene takes in the worst case of four bytes a character (32,766 bytes). */
const keywordCharactersMax = 8191;
/** 2^53 − 1: what JSON carries without loss. */
const integerMax = Number.MAX_SAFE_INTEGER;
/** Eleven days in the SQL column would do; a hundred years keep sums finite and nonsense out. */
const millisMax = 3_155_760_000_000;

interface Place {
  readonly column: string;
  readonly ecs: string;
  readonly description: string;
}

function log(place: Place, storage: StorageType, search: Record<string, unknown>): { description: string; notes: FieldNotes } {
  const { column, ecs, description } = place;
  return { description, notes: { column, table: "interface_log", storage, ecs, search } };
}

function keywordMapping(lengthMax: number): Record<string, unknown> {
  return { type: "keyword", ignore_above: Math.min(lengthMax, keywordCharactersMax) };
}

/** Words that are filtered and counted by their whole value; `search` adds a full-text view of them. */
export function keyword(place: Place, lengthMax: number, search = false) {
  const { description, notes } = log(place, "text", keywordMapping(lengthMax));
  const mapping = search ? { ...notes.search, fields: { text: { type: "text" } } } : notes.search;
  return Type.String({ description, notes: { ...notes, search: mapping, lengthMax } });
}

/** Free text of one or a few lines. */
export function text(place: Place, lengthMax: number) {
  const { description, notes } = log(place, "text", { type: "text" });
  return Type.String({ description, notes: { ...notes, lengthMax } });
}

/** A body: unbounded text in the table of bodies. */
export function body(place: Place) {
  const { description, notes } = log(place, "text", { type: "text" });
  return Type.String({ description, notes: { ...notes, table: "interface_body" } });
}

/** An address as text; what Elasticsearch cannot read as one stays in the document unindexed. */
export function address(place: Place, lengthMax: number) {
  const { description, notes } = log(place, "text", { type: "ip", ignore_malformed: true });
  return Type.String({ description, notes: { ...notes, lengthMax } });
}

/** ISO 8601 with milliseconds and offset. */
export function time(place: Place) {
  const { description, notes } = log(place, "timestamp", { type: "date", ignore_malformed: true });
  return Type.String({ description, notes });
}

/** A whole number from `minimum` to `max`. */
export function integer(place: Place, minimum: number, max: number = integerMax) {
  const { description, notes } = log(place, "integer", { type: "long", ignore_malformed: true });
  return Type.Integer({ description, minimum, maximum: max, notes: { ...notes, max } });
}

/** Milliseconds of a monotonic clock, with fractions. */
export function millis(place: Place) {
  const { description, notes } = log(place, "real", { type: "double", ignore_malformed: true });
  return Type.Number({ description, minimum: 0, maximum: millisMax, notes: { ...notes, max: millisMax } });
}

/** The same as millis, in nanoseconds in Elasticsearch, as ECS has it. */
export function duration(place: Place) {
  const { description, notes } = log(place, "real", { type: "long", ignore_malformed: true });
  return Type.Number({ description, minimum: 0, maximum: millisMax, notes: { ...notes, max: millisMax } });
}

/** True or false. */
export function flag(place: Place) {
  return Type.Boolean(log(place, "boolean", { type: "boolean" }));
}

/** One of a few words. */
export function choice<const Words extends string[]>(place: Place, words: readonly [...Words]) {
  const { description, notes } = log(place, "text", keywordMapping(32));
  return Type.Enum(words, { description, notes: { ...notes, lengthMax: 32 } });
}

/** A list of words. */
export function words(place: Place) {
  return Type.Array(Type.String(), log(place, "json", keywordMapping(1024)));
}

/** A map of words. */
export function wordMap(place: Place) {
  return Type.Record(Type.String(), Type.String(), log(place, "json", keywordMapping(1024)));
}

/** HTTP headers: a name that was sent more than once has a list. */
export function headers(place: Place) {
  const { description, notes } = log(place, "json", keywordMapping(1024));
  const value = Type.Union([Type.String(), Type.Array(Type.String())]);
  return Type.Record(Type.String(), value, { description, notes: { ...notes, table: "interface_body" } });
}

/** What went wrong: a code to count by, and a sentence. */
export function failure(place: Place) {
  const mapping = { properties: { code: keywordMapping(256), message: { type: "text" } } };
  return Type.Object({ code: Type.String(), message: Type.String() }, log(place, "json", mapping));
}
