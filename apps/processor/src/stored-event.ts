import { Buffer } from "node:buffer";
import type { EventType } from "@gatelog/pipeline";
import { WorkEvent } from "./work-event.ts";

/*
 * An event as the buffer keeps it.
 *
 *   event   = version type id time length line fields
 *   version = 01
 *   type    = 00 (record) | 01 (mark)
 *   id      = 36 ASCII characters, a UUID
 *   time    = 24 ASCII characters, ISO UTC with milliseconds
 *   length  = u32be, bytes of the line
 *   line    = the raw line, without its line end
 *   fields  = to the end: the envelope without its message and identity, as JSON text; empty for none
 *
 * Id and time stay text: they are read far more often than they cost disk.
 */
const formatVersion = 1;
const idStart = 2;
const timeStart = idStart + 36;
const lengthStart = timeStart + 24;
const lineStart = lengthStart + 4;

/** Where the line begins in an event's bytes. */
export const storedLineStart = lineStart;

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
  writeStoredHead(bytes, { id, time, type, lineBytes: line.length });
  bytes.set(line, lineStart);
  bytes.write(fieldsJson, fieldsStart, "utf8");
  return bytes;
}

/** Writes what stands before the line, for who puts the line and the fields behind it. */
export function writeStoredHead(
  bytes: Buffer,
  { id, time, type, lineBytes }: Pick<EventParts, "id" | "time" | "type"> & { readonly lineBytes: number },
): void {
  bytes[0] = formatVersion;
  bytes[1] = type === "mark" ? 1 : 0;
  bytes.write(id, idStart, 36, "latin1");
  bytes.write(time, timeStart, 24, "latin1");
  bytes.writeUInt32BE(lineBytes, lengthStart);
}

/** The bytes as an event, or undefined where they are none that this version knows. Line and fields are not copied or parsed. */
export function decodeEvent(bytes: Buffer): WorkEvent | undefined {
  if (bytes.length < lineStart || bytes[0] !== formatVersion) return undefined;
  const fieldsStart = lineStart + bytes.readUInt32BE(lengthStart);
  if (fieldsStart > bytes.length) return undefined;
  return new WorkEvent(bytes, {
    id: bytes.toString("latin1", idStart, timeStart),
    time: bytes.toString("latin1", timeStart, lengthStart),
    type: bytes[1] === 1 ? "mark" : "record",
    line: bytes.subarray(lineStart, fieldsStart),
    fieldsStart,
  });
}
