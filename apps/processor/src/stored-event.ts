import { Buffer } from "node:buffer";
import type { EventType } from "@gatelog/pipeline";
import { FrameEvent } from "./frame-event.ts";
import { PlainEvent } from "./plain-event.ts";
import type { WorkEvent } from "./work-event.ts";

/*
 * An event as the buffer keeps it, taken apart or as the frame that it came in.
 *
 *   plain   = 01 type id time length line fields
 *   kept    = 02 type idStart timeStart messageStart messageEnd frame
 *   type    = 00 (record) | 01 (mark)
 *   id      = 36 ASCII characters, a UUID
 *   time    = 24 ASCII characters, ISO UTC with milliseconds
 *   length  = u32be, bytes of the line
 *   line    = the raw line, without its line end
 *   fields  = to the end: the envelope without its message and identity, as JSON text; empty for none
 *   …Start  = u32be, where in the event's bytes id, time, and the message's escaped text stand, which is in the frame's JSON
 *
 * Id and time stay text: they are read far more often than they cost disk.
 */
const plain = 1;
const kept = 2;
const idStart = 2;
const timeStart = idStart + 36;
const lengthStart = timeStart + 24;
const lineStart = lengthStart + 4;
const frameStart = 2 + 4 * 4;

/** Bytes before the line of a plain event. */
export const plainHeadBytes = lineStart;
/** Bytes before the frame of a kept one. */
export const keptHeadBytes = frameStart;

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
  bytes[0] = plain;
  bytes[1] = type === "mark" ? 1 : 0;
  bytes.write(id, idStart, 36, "latin1");
  bytes.write(time, timeStart, 24, "latin1");
  bytes.writeUInt32BE(line.length, lengthStart);
  bytes.set(line, lineStart);
  bytes.write(fieldsJson, fieldsStart, "utf8");
  return bytes;
}

/** Where in a frame its parts stand. */
export interface FramePlaces {
  readonly idStart: number;
  readonly timeStart: number;
  readonly messageStart: number;
  readonly messageEnd: number;
}

/** Writes a record's event with its frame into `into`, of `keptHeadBytes` more than the frame. */
export function writeKept(into: Buffer, frame: Uint8Array, places: FramePlaces): void {
  into[0] = kept;
  into[1] = 0;
  into.writeUInt32BE(frameStart + places.idStart, 2);
  into.writeUInt32BE(frameStart + places.timeStart, 6);
  into.writeUInt32BE(frameStart + places.messageStart, 10);
  into.writeUInt32BE(frameStart + places.messageEnd, 14);
  into.set(frame, frameStart);
}

/** Whether the event's frame is kept as it came: then its line is a gateway's record. */
export function isKept(bytes: Uint8Array): boolean {
  return bytes[0] === kept;
}

/** The bytes as an event, or undefined where they are none that this version knows. Line and fields are not copied or parsed. */
export function decodeEvent(bytes: Buffer): WorkEvent | undefined {
  if (bytes[0] === kept) return decodeKept(bytes);
  if (bytes.length < lineStart || bytes[0] !== plain) return undefined;
  const fieldsStart = lineStart + bytes.readUInt32BE(lengthStart);
  if (fieldsStart > bytes.length) return undefined;
  return new PlainEvent(bytes, typeOf(bytes), { idStart, timeStart, lineStart, fieldsStart });
}

function decodeKept(bytes: Buffer): WorkEvent | undefined {
  if (bytes.length < frameStart) return undefined;
  const places = {
    frameStart,
    idStart: bytes.readUInt32BE(2),
    timeStart: bytes.readUInt32BE(6),
    messageStart: bytes.readUInt32BE(10),
    messageEnd: bytes.readUInt32BE(14),
  };
  const isWhole = places.idStart + 36 <= bytes.length && places.timeStart + 24 <= bytes.length && places.messageEnd <= bytes.length;
  return isWhole && places.messageStart <= places.messageEnd ? new FrameEvent(bytes, typeOf(bytes), places) : undefined;
}

function typeOf(bytes: Buffer): EventType {
  return bytes[1] === 1 ? "mark" : "record";
}
