import type { LogRecord, ParsedLine } from "@gatelog/log-record";
import type { Event, EventType } from "@gatelog/pipeline";

/** Where the parts of a stored event begin; see stored-event.ts. */
export interface StoredPlaces {
  readonly id: string;
  readonly time: string;
  readonly type: EventType;
  readonly line: Buffer;
  readonly fieldsStart: number;
}

/** Characters of a failure's reason that are kept. */
const failureLengthMax = 500;

/**
 * An event on its way through the filters of one output, over the bytes that the buffer keeps: what nobody asks for is never decoded. Filters change
 * it in place; every output decodes its own.
 */
export class WorkEvent implements Event {
  readonly id: string;
  readonly time: string;
  readonly type: EventType;
  /** As the buffer keeps it; filters do not change that. */
  readonly bytes: Buffer;
  /** What `parseRecord` read of the line. */
  parsed: ParsedLine | undefined;
  /** The document of Elasticsearch, once `ecs` made it; filters behind it change that, and not the fields. */
  document: Record<string, unknown> | undefined;
  #failures: string[] | undefined;
  #line: Buffer;
  #message: string | undefined;
  readonly #fieldsStart: number;
  #fields: Record<string, unknown> | undefined;

  constructor(bytes: Buffer, { id, time, type, line, fieldsStart }: StoredPlaces) {
    this.bytes = bytes;
    this.id = id;
    this.time = time;
    this.type = type;
    this.#line = line;
    this.#fieldsStart = fieldsStart;
  }

  /** The line, without its line end. */
  get line(): Buffer {
    return this.#line;
  }

  /** The line as text; bytes that are no UTF-8 are U+FFFD. */
  get message(): string {
    return (this.#message ??= this.#line.toString());
  }

  set message(text: string) {
    this.#message = text;
    this.#line = Buffer.from(text);
  }

  /** The record that `parseRecord` read; undefined before, and where the line is none. */
  get record(): LogRecord | undefined {
    return this.parsed?.kind === "record" ? this.parsed.record : undefined;
  }

  /** What the transport said of the line, and what filters added. */
  get fields(): Record<string, unknown> {
    return (this.#fields ??= this.#parseFields());
  }

  /** The fields as JSON text; empty for none. */
  get fieldsJson(): string {
    return this.#fields === undefined ? this.bytes.toString("utf8", this.#fieldsStart) : JSON.stringify(this.#fields);
  }

  /** Whether the fields may have one of that name: false is sure, and asking parses nothing. */
  mayHaveField(name: string): boolean {
    return this.#fields === undefined ? this.bytes.includes(`"${name}"`, this.#fieldsStart) : Object.hasOwn(this.#fields, name);
  }

  /** What filters change: the document where there is one, else the fields. */
  get root(): Record<string, unknown> {
    return this.document ?? this.fields;
  }

  /** Words about the event, such as the filters that failed on it. */
  get tags(): readonly string[] {
    const { tags } = this.root;
    if (Array.isArray(tags)) return tags.map(String);
    return typeof tags === "string" ? [tags] : [];
  }

  /** Adds a tag that it does not have yet. */
  addTag(tag: string): void {
    const { tags } = this;
    if (!tags.includes(tag)) this.root["tags"] = [...tags, tag];
  }

  /** What filters failed of, a sentence each; undefined for none. */
  get failures(): readonly string[] | undefined {
    return this.#failures;
  }

  /** Notes why a filter failed on it. */
  noteFailure(node: string, reason: string): void {
    (this.#failures ??= []).push(`${node}: ${reason.slice(0, failureLengthMax)}`);
  }

  #parseFields(): Record<string, unknown> {
    const json = this.bytes.toString("utf8", this.#fieldsStart);
    return json === "" ? {} : (JSON.parse(json) as Record<string, unknown>);
  }
}
