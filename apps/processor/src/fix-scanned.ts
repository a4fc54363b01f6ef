import { Buffer } from "node:buffer";
import { isUuid } from "@gatelog/log-record";
import { type FixedEvent, isCarriedTime, storedBytesMax } from "./fix-identity.ts";
import { type FrameScan, scanFrame, type Span } from "./frame-scan.ts";
import { storedLineStart, writeStoredHead } from "./stored-event.ts";
import { unescapeInto } from "./unescape.ts";

/** How a gateway's record begins within the JSON of an event. */
const recordStart = Buffer.from(JSON.stringify('{"v":1,"id":"').slice(1, -1));
const comma = 0x2c;
const braceClose = 0x7d;
const blank = 0x20;

/**
 * The event of a frame that carries a record of a gateway and the identity that a gatelog stage fixed: what most frames are. Nothing is parsed; the line and
 * what stands around it are copied to where the buffer keeps them. Undefined for any other frame.
 *
 * **Guarantee**: the same event as `fixEvent` makes of it, but for the spelling of numbers and blanks around the line.
 */
export function fixScanned(bytes: Uint8Array): FixedEvent | undefined {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scan = scanFrame(frame);
  const { message, id, time } = scan ?? {};
  if (scan === undefined || message === undefined || id === undefined || time === undefined) return undefined;
  if (storedLineStart + frame.length > storedBytesMax || !isRecord(frame, message)) return undefined;
  const identity = { id: textAt(frame, id).toLowerCase(), time: textAt(frame, time) };
  if (!isUuid(identity.id) || !isCarriedTime(identity.time)) return undefined;
  return encode(frame, { ...scan, message }, identity);
}

function encode(frame: Buffer, scan: FrameScan & { readonly message: Span }, { id, time }: { id: string; time: string }): FixedEvent {
  const stored = Buffer.allocUnsafe(storedLineStart + frame.length);
  const lineEnd = unescapeInto(frame, scan.message, stored, storedLineStart);
  const lineBytes = lineEnd - storedLineStart;
  writeStoredHead(stored, { id, time, type: "record", lineBytes });
  const end = copyWithout(frame, scan.members, stored, lineEnd);
  return { bytes: stored.subarray(0, end), type: "record", hasLine: true, lineBytes };
}

/** The object's text without some of its members; returns where it ends. */
function copyWithout(frame: Buffer, members: readonly Span[], target: Buffer, to: number): number {
  let from = 0;
  let at = to;
  for (const { start, end } of members) {
    at += frame.copy(target, at, from, start);
    from = skipBlanks(frame, end);
    if (frame[from] === comma) from += 1;
  }
  // The last member went, with a comma before it.
  if (frame[skipBlanks(frame, from)] === braceClose) at = withoutComma(target, at, to);
  return at + frame.copy(target, at, from);
}

function skipBlanks(frame: Buffer, from: number): number {
  let at = from;
  while ((frame[at] ?? 0xff) <= blank) at += 1;
  return at;
}

function withoutComma(target: Buffer, end: number, start: number): number {
  let at = end;
  while (at > start && (target[at - 1] as number) <= blank) at -= 1;
  return target[at - 1] === comma ? at - 1 : end;
}

function isRecord(frame: Buffer, { start }: Span): boolean {
  return frame.compare(recordStart, 0, recordStart.length, start, start + recordStart.length) === 0;
}

function textAt(frame: Buffer, { start, end }: Span): string {
  return frame.toString("latin1", start, end);
}
