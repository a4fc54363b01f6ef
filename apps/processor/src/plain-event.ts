import { Buffer } from "node:buffer";
import type { EventType } from "@gatelog/pipeline";
import { WorkEvent } from "./work-event.ts";

/*
 * An event taken apart:
 *
 *   plain  = 01 type id time length line fields
 *   type   = 00 (record) | 01 (mark)
 *   id     = 36 ASCII characters, a UUID
 *   time   = 24 ASCII characters, ISO UTC with milliseconds
 *   length = u32be, bytes of the line
 *   line   = the raw line, without its line end
 *   fields = to the end: the envelope without its message and identity, as JSON text; empty for none
 *
 * Id and time stay text: they are read far more often than they cost disk.
 */
const plainVersion = 1;
const idStart = 2;
const timeStart = idStart + 36;
const lengthStart = timeStart + 24;
const lineStart = lengthStart + 4;

/** Bytes before the line. */
export const plainHeadBytes = lineStart;

/** What the encoder needs of an event. */
export interface EventParts {
  readonly id: string;
  readonly time: string;
  readonly type: EventType;
  readonly line: Uint8Array;
  /** JSON text of an object, or empty. */
  readonly fieldsJson: string;
}

/** The event as bytes for the buffer. */
export function encodeEvent({ id, time, type, line, fieldsJson }: EventParts): Buffer {
  const fieldsStart = lineStart + line.length;
  const bytes = Buffer.allocUnsafe(fieldsStart + Buffer.byteLength(fieldsJson));
  bytes[0] = plainVersion;
  bytes[1] = type === "mark" ? 1 : 0;
  bytes.write(id, idStart, 36, "latin1");
  bytes.write(time, timeStart, 24, "latin1");
  bytes.writeUInt32BE(line.length, lengthStart);
  bytes.set(line, lineStart);
  bytes.write(fieldsJson, fieldsStart, "utf8");
  return bytes;
}

/** The bytes as an event, or undefined where they are none. */
export function decodePlain(bytes: Buffer): PlainEvent | undefined {
  if (bytes.length < lineStart || bytes[0] !== plainVersion) return undefined;
  if (lineStart + bytes.readUInt32BE(lengthStart) > bytes.length) return undefined;
  return new PlainEvent(bytes, bytes[1] === 1 ? "mark" : "record");
}

/** An event that the buffer keeps taken apart. */
export class PlainEvent extends WorkEvent {
  protected get idStart(): number {
    return idStart;
  }

  protected get timeStart(): number {
    return timeStart;
  }

  get #fieldsStart(): number {
    return lineStart + this.bytes.readUInt32BE(lengthStart);
  }

  protected storedLine(): Buffer {
    return this.bytes.subarray(lineStart, this.#fieldsStart);
  }

  protected storedFields(): Record<string, unknown> {
    const json = this.storedFieldsJson();
    return json === "" ? {} : (JSON.parse(json) as Record<string, unknown>);
  }

  protected storedFieldsJson(): string {
    return this.bytes.toString("utf8", this.#fieldsStart);
  }

  protected mayHoldField(quotedName: string): boolean {
    return this.bytes.includes(quotedName, this.#fieldsStart);
  }
}
