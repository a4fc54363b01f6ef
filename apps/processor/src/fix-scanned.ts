import { Buffer } from "node:buffer";
import { eventArena } from "./arena.ts";
import { standsAt } from "./bytes-at.ts";
import { type FixedEvent, storedBytesMax } from "./fix-identity.ts";
import { isTimeAt, isUuidAt } from "./identity-bytes.ts";
import { scanFrame } from "./frame-scan.ts";
import { keptHeadBytes, writeKept } from "./frame-event.ts";

/** How a gateway's record begins within the JSON of an event. */
const recordStart = Buffer.from(JSON.stringify('{"v":1,"id":"').slice(1, -1));
const idLength = 36;
const timeLength = 24;

/**
 * The event of a frame that carries a record of a gateway and the identity that a gatelog stage fixed: what most frames are. Nothing is parsed; the buffer
 * keeps the frame as it came. Undefined for any other frame.
 *
 * The bytes are `eventArena`'s: they hold until they are given back.
 *
 * **Guarantee**: the same event as `fixEvent` makes of it, but for the spelling of numbers; of its line there are at most `lineBytes`.
 */
export function fixScanned(bytes: Uint8Array): FixedEvent | undefined {
  const frame = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = keptHeadBytes + frame.length;
  if (length > storedBytesMax) return undefined;
  const scan = scanFrame(frame);
  if (scan === undefined || scan.messageStart === -1 || !standsAt(frame, scan.messageStart, recordStart)) return undefined;
  const { idStart, idEnd, timeStart, timeEnd } = scan;
  if (idEnd - idStart !== idLength || !isUuidAt(frame, idStart)) return undefined;
  if (timeEnd - timeStart !== timeLength || !isTimeAt(frame, timeStart)) return undefined;
  const stored = eventArena.take(length);
  writeKept(stored, frame, scan);
  return { bytes: stored, type: "record", hasLine: true, lineBytes: scan.messageEnd - scan.messageStart };
}
