import { deflatePieces } from "./deflate.ts";
import { eventHeadBytes, frameType, shortFrameBytes, version2 } from "./protocol.ts";

/**
 * The JSON frames of one window, sequences 1 … count, one after the other.
 *
 * **Shape**: `2J` sequence length `{…}` `2J` sequence length `{…}` …, see `protocol.ts`; `encodeEvents` writes it.
 */
export interface EncodedWindow {
  readonly frames: Uint8Array;
  readonly count: number;
}

/**
 * One window with its events as pieces for the wire, to be written one after the other: `2W count`, and then `2J sequence
 * length json` for each event, the latter in one `2C` frame when `compressionLevel` is over 0. Sequences are 1 … count.
 *
 * **Units**: compressionLevel 0 (off) … 9.
 */
export function encodeWindow(events: readonly Uint8Array[], compressionLevel: number): Promise<Buffer[]> {
  return packWindow(encodeEvents(events), compressionLevel);
}

/** As `encodeWindow`; `window.frames` must stay unchanged until it settled and, at level 0, until its pieces are written. */
export async function packWindow({ frames, count }: EncodedWindow, compressionLevel: number): Promise<Buffer[]> {
  const head = encodeShort(version2, frameType.window, count);
  if (compressionLevel === 0) return [head, Buffer.from(frames.buffer, frames.byteOffset, frames.byteLength)];
  const pieces = await deflatePieces(frames, compressionLevel);
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return [head, encodeShort(version2, frameType.compressed, bytes), ...pieces];
}

/** `events`, each the bytes of a JSON object, as a window. */
export function encodeEvents(events: readonly Uint8Array[]): EncodedWindow {
  let bytes = events.length * eventHeadBytes;
  for (const event of events) bytes += event.length;
  const frames = Buffer.allocUnsafe(bytes);
  let at = 0;
  let sequence = 0;
  for (const event of events) {
    sequence += 1;
    frames[at] = version2;
    frames[at + 1] = frameType.json;
    frames.writeUInt32BE(sequence, at + 2);
    frames.writeUInt32BE(event.length, at + 6);
    frames.set(event, at + eventHeadBytes);
    at += eventHeadBytes + event.length;
  }
  return { frames, count: events.length };
}

/** An ACK in the version that the peer speaks; sequence 0 is the keep-alive. */
export function encodeAck(version: number, sequence: number): Buffer {
  return encodeShort(version, frameType.ack, sequence);
}

function encodeShort(version: number, type: number, value: number): Buffer {
  const frame = Buffer.allocUnsafe(shortFrameBytes);
  frame[0] = version;
  frame[1] = type;
  frame.writeUInt32BE(value, 2);
  return frame;
}
