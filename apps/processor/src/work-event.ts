import type { LogRecord, ParsedLine } from "@gatelog/log-record";
import type { Event, EventType } from "@gatelog/pipeline";
import type { Arena } from "./arena.ts";
import { wordsOf } from "./words.ts";

/** Characters of an id and of a time. */
export const idLength = 36;
export const timeLength = 24;
/** Characters of a failure's reason that are kept. */
const failureLengthMax = 500;

/**
 * An event on its way through the filters of one output, over the bytes that the buffer keeps: what nobody asks for is never decoded. Filters change
 * it in place; every output decodes its own.
 */
export abstract class WorkEvent implements Event {
  readonly type: EventType;
  /** As the buffer keeps it; filters do not change that. */
  readonly bytes: Buffer;
  /** What `parseRecord` read of the line. */
  parsed: ParsedLine | undefined;
  /** The document of Elasticsearch, once `ecs` made it; filters behind it change that, and not the fields. */
  document: Record<string, unknown> | undefined;
  #id: string | undefined;
  #time: string | undefined;
  #failures: string[] | undefined;
  #line: Buffer | undefined;
  #message: string | undefined;
  #isLineNew = false;
  #fields: Record<string, unknown> | undefined;

  constructor(bytes: Buffer, type: EventType) {
    this.bytes = bytes;
    this.type = type;
  }

  /** Where id and time stand in the bytes. */
  protected abstract get idStart(): number;
  protected abstract get timeStart(): number;

  /** The line as the buffer keeps it; what has to be written for that goes into the arena, or into memory of its own. */
  protected abstract storedLine(arena?: Arena): Buffer;
  /** The fields as the buffer keeps them, and as JSON text; empty for none. */
  protected abstract storedFields(): Record<string, unknown>;
  protected abstract storedFieldsJson(): string;
  /** Whether the fields that the buffer keeps may have one of that name, which comes in quotes. */
  protected abstract mayHoldField(quotedName: string): boolean;

  get id(): string {
    const { idStart } = this;
    return (this.#id ??= this.bytes.toString("latin1", idStart, idStart + idLength));
  }

  get time(): string {
    const { timeStart } = this;
    return (this.#time ??= this.bytes.toString("latin1", timeStart, timeStart + timeLength));
  }

  /** The line, without its line end. */
  get line(): Buffer {
    return (this.#line ??= this.storedLine());
  }

  /** The line for as long as nothing is given back to the arena. */
  lineIn(arena: Arena): Buffer {
    return this.#line ?? this.storedLine(arena);
  }

  /** The line as text; bytes that are no UTF-8 are U+FFFD. */
  get message(): string {
    return (this.#message ??= this.line.toString());
  }

  set message(text: string) {
    this.#message = text;
    this.#line = Buffer.from(text);
    this.#isLineNew = true;
  }

  /** Whether a filter wrote the line: it is not the one in the bytes any more. */
  get isLineNew(): boolean {
    return this.#isLineNew;
  }

  /** The record that `parseRecord` read; undefined before, and where the line is none. */
  get record(): LogRecord | undefined {
    return this.parsed?.kind === "record" ? this.parsed.record : undefined;
  }

  /** What the transport said of the line, and what filters added. */
  get fields(): Record<string, unknown> {
    return (this.#fields ??= this.storedFields());
  }

  /** The fields as JSON text; empty for none. */
  get fieldsJson(): string {
    return this.#fields === undefined ? this.storedFieldsJson() : JSON.stringify(this.#fields);
  }

  /** Whether the fields may have one of that name: false is sure, and asking parses nothing. */
  mayHaveField(name: string): boolean {
    return this.#fields === undefined ? this.mayHoldField(`"${name}"`) : Object.hasOwn(this.#fields, name);
  }

  /** What filters change: the document where there is one, else the fields. */
  get root(): Record<string, unknown> {
    return this.document ?? this.fields;
  }

  /** Words about the event, such as the filters that failed on it. */
  get tags(): readonly string[] {
    return wordsOf(this.root["tags"]);
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
}
