import type { Buffer } from "node:buffer";
import { decodeKept, keptVersion } from "./frame-event.ts";
import { decodePlain } from "./plain-event.ts";
import type { WorkEvent } from "./work-event.ts";

/*
 * An event as the buffer keeps it begins with the version of its form: 01, taken apart (plain-event.ts), or 02, the frame that it came in (frame-event.ts).
 */

/** Whether the event's frame is kept as it came: then its line is a gateway's record. */
export function isKept(bytes: Uint8Array): boolean {
  return bytes[0] === keptVersion;
}

/** The bytes as an event, or undefined where they are none that this version knows. Line and fields are not copied or parsed. */
export function decodeEvent(bytes: Buffer): WorkEvent | undefined {
  return isKept(bytes) ? decodeKept(bytes) : decodePlain(bytes);
}

/** The event anew, of bytes that were read before. */
export function decodeAgain(bytes: Buffer): WorkEvent {
  const event = decodeEvent(bytes);
  if (event === undefined) throw new Error("an event that was read cannot be read again");
  return event;
}
