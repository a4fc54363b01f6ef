import { Buffer } from "node:buffer";
import type { EventType } from "@gatelog/pipeline";
import { parseEnvelope } from "./envelope.ts";
import { unescapeInto } from "./unescape.ts";
import { WorkEvent } from "./work-event.ts";

/** Where the parts of an event stand that the buffer keeps as the frame that it came in; see stored-event.ts. */
export interface FrameEventPlaces {
  readonly frameStart: number;
  readonly idStart: number;
  readonly timeStart: number;
  /** The message's text between its quotes, still escaped. */
  readonly messageStart: number;
  readonly messageEnd: number;
}

/** An event whose frame the buffer keeps as it came: its line is written out, and its fields are parsed, where somebody asks for them. */
export class FrameEvent extends WorkEvent {
  readonly #places: FrameEventPlaces;
  #isRead = false;
  /** What a parser finds, where the message is not one text as it was taken to be: reading it tells. */
  #parsed: { readonly line: Buffer; readonly fieldsJson: string } | undefined;

  constructor(bytes: Buffer, type: EventType, places: FrameEventPlaces) {
    super(bytes, type, places);
    this.#places = places;
  }

  protected storedLine(): Buffer {
    const { messageStart: start, messageEnd: end } = this.#places;
    this.#isRead = true;
    const line = Buffer.allocUnsafe(end - start);
    const length = unescapeInto(this.bytes, { start, end }, line, 0);
    if (length !== -1) return line.subarray(0, length);
    this.#parsed = parse(this.bytes.subarray(this.#places.frameStart));
    return this.#parsed.line;
  }

  protected storedFields(): Record<string, unknown> {
    if (!this.#isRead) this.storedLine();
    if (this.#parsed !== undefined)
      return this.#parsed.fieldsJson === "" ? {} : (JSON.parse(this.#parsed.fieldsJson) as Record<string, unknown>);
    const { frameStart, messageStart, messageEnd } = this.#places;
    const withoutLine = this.bytes.toString("utf8", frameStart, messageStart) + this.bytes.toString("utf8", messageEnd);
    const fields = JSON.parse(withoutLine) as Record<string, unknown>;
    delete fields["message"];
    delete fields["gatelog"];
    return fields;
  }

  protected storedFieldsJson(): string {
    return JSON.stringify(this.storedFields());
  }

  protected mayHoldField(quotedName: string): boolean {
    const { frameStart, messageStart, messageEnd } = this.#places;
    // Within a text its quotes would be escaped.
    return this.bytes.includes(quotedName, messageEnd) || this.bytes.subarray(frameStart, messageStart).includes(quotedName);
  }
}

function parse(frame: Buffer): { readonly line: Buffer; readonly fieldsJson: string } {
  const envelope = parseEnvelope(frame);
  if (envelope?.message === undefined || envelope.fieldsJson === undefined) return { line: frame, fieldsJson: "" };
  return { line: Buffer.from(envelope.message), fieldsJson: envelope.fieldsJson };
}
