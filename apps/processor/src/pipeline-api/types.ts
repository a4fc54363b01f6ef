import type { EventRecord } from "./generated/api.ts";

/** An event on its way through the filters of one output. Its identity is fixed; the rest may be changed. */
export interface PipelineEvent {
  /** The same in every store. */
  readonly id: string;
  /** When it happened, RFC 3339 in UTC. */
  readonly time: string;
  readonly type: "record" | "mark";
  /** The line as text. */
  message: string;
  /** What the transport said of the line, and what filters added. */
  readonly fields: Record<string, unknown>;
  readonly tags: readonly string[];
  /** Adds a tag that it does not have yet. */
  addTag(tag: string): void;
}

/** What an event has behind `parseRecord()`. */
export interface Parsed {
  /** The record; undefined where the line is none. */
  readonly record: EventRecord | undefined;
}

/** What an event has behind `ecs()`. */
export interface WithDocument {
  /** The document for Elasticsearch; undefined where none could be made. */
  readonly document: Record<string, unknown> | undefined;
}

declare const takes: unique symbol;
declare const gives: unique symbol;

/** A filter: the same plain object as in YAML. `In` is what it needs of an event, `Out` what an event has behind it. */
export interface Filter<in In, out Out> {
  readonly [takes]?: (event: In) => void;
  readonly [gives]?: Out;
}

/** Filters in a row. */
export interface Filters<in In, out Out> extends ReadonlyArray<object> {
  readonly [takes]?: (event: In) => void;
  readonly [gives]?: Out;
}

/** One filter, several, or what `pipe` made. */
export type FilterStep<In> = Filter<In, unknown> | Filters<In, unknown> | readonly Filter<In, unknown>[];

type Comparand = string | number | boolean | null;

/** Compares a field, such as `record.status`; of several comparisons all have to hold. */
export interface FieldCondition {
  readonly field: string;
  readonly equals?: Comparand;
  readonly in?: readonly Comparand[];
  /** RE2's regular expression. */
  readonly matches?: string;
  readonly contains?: Comparand;
  readonly exists?: boolean;
  readonly gt?: number | string;
  readonly gte?: number | string;
  readonly lt?: number | string;
  readonly lte?: number | string;
}

/** Which events are meant. A function has `limits.filterEventMsMax` for an event. */
export type Condition<Event> =
  | ((event: Event) => boolean)
  | FieldCondition
  | { readonly all: readonly Condition<Event>[] }
  | { readonly any: readonly Condition<Event>[] }
  | { readonly not: Condition<Event> };

/** What stands beside a filter's options. */
export interface Place<Event> {
  /** Another name in metrics and in the graph. */
  readonly as?: string;
  readonly when?: Condition<Event>;
}

/** An input: the same plain object as in YAML. */
export interface Input {
  readonly kind?: never;
}

/** An output: the same plain object as in YAML. */
export interface Output {
  readonly as?: string;
}

/** What stands beside an output's options. */
export type OutputPlace = Place<PipelineEvent & Partial<Parsed>>;
