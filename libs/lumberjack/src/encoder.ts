import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { eventHeadBytes, frameType, shortFrameBytes, version2 } from "./protocol.ts";

const deflateAsync = promisify(deflate);

/**
 * One window with its events, ready for the wire: `2W count` and then `2J sequence length json` for each event, the
 * latter in one `2C` frame when `compressionLevel` is over 0. Sequences are 1 … count.
 *
 * **Units**: compressionLevel 0 (off) … 9.
 */
export async function encodeWindow(events: readonly Uint8Array[], compressionLevel: number): Promise<Buffer[]> {
  const window = encodeShort(version2, frameType.window, events.length);
  const frames = encodeEvents(events);
  if (compressionLevel === 0) return [window, frames];
  const payload = await deflateAsync(frames, { level: compressionLevel });
  return [window, encodeShort(version2, frameType.compressed, payload.length), payload];
}

/** The JSON frames of `events`, one after the other, in one buffer. */
export function encodeEvents(events: readonly Uint8Array[]): Buffer {
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
  return frames;
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
