import { inflateSync } from "node:zlib";
import type { LatencySampler } from "./latency-sampler.ts";

const version2 = 0x32;
const windowType = 0x57;
const eventType = 0x4a;
const compressedType = 0x43;
const shortFrameBytes = 6;
const eventHeadBytes = 10;
/** More than a batch inflates to, so that it does so in one piece; only what is used of it is ever touched. */
const inflatePieceBytes = 8 << 20;
/** What a frame may say of its length before it is taken for garbage. */
const frameBytesMax = 256 << 20;

/** What a frame counter tells. */
export interface FrameCounterOptions {
  /** A window is whole: its last sequence, which is to be acknowledged. */
  readonly onWindow: (sequence: number) => void;
  readonly sampler?: LatencySampler | undefined;
}

/**
 * Counts the events of a Lumberjack 2 stream by walking from length to length, as cheaply as that can be done: it parses
 * nothing, and copies no byte twice. Written apart from the product's decoder, so that it does not share its mistakes.
 *
 * **Errors**: a stream that is not `2W (2J* | 2C)`, events outside of a window.
 */
export class FrameCounter {
  events = 0;
  windows = 0;
  readonly #options: FrameCounterOptions;
  #windowLeft = 0;
  #sequence = 0;
  /** The beginning of a frame that has not arrived as a whole. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** How many bytes that frame has at least. */
  #wantedBytes = 0;

  constructor(options: FrameCounterOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    this.#rest.push(chunk);
    this.#restBytes += chunk.length;
    if (this.#restBytes < this.#wantedBytes) return;
    const bytes = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest, this.#restBytes);
    const at = this.#walk(bytes);
    const rest = bytes.subarray(at);
    this.#rest = rest.length === 0 ? [] : [rest];
    this.#restBytes = rest.length;
    this.#wantedBytes = rest.length === 0 ? 0 : (frameEnd(bytes, at) ?? at + rest.length + 1) - at;
  }

  /** Walks over all whole frames and returns where the first one begins that is not. */
  #walk(bytes: Buffer): number {
    let at = 0;
    for (let end = frameEnd(bytes, at); end !== undefined && end <= bytes.length; end = frameEnd(bytes, at)) {
      const type = bytes[at + 1];
      if (type === eventType) this.#onEvent(bytes, at, end);
      else if (type === windowType) this.#onWindow(bytes.readUInt32BE(at + 2));
      else this.#onCompressed(bytes.subarray(at + shortFrameBytes, end));
      at = end;
    }
    return at;
  }

  #onWindow(count: number): void {
    if (this.#windowLeft > 0) throw new Error(`a window began while ${this.#windowLeft} events of the last one were missing`);
    this.#windowLeft = count;
    this.windows += 1;
  }

  #onCompressed(payload: Buffer): void {
    const bytes = inflateSync(payload, { chunkSize: inflatePieceBytes });
    if (this.#walk(bytes) !== bytes.length) throw new Error("a compressed frame ends within a frame");
  }

  #onEvent(bytes: Buffer, begin: number, end: number): void {
    if (this.#windowLeft === 0) throw new Error("an event outside of a window");
    this.events += 1;
    this.#windowLeft -= 1;
    this.#sequence = bytes.readUInt32BE(begin + 2);
    const { sampler, onWindow } = this.#options;
    if (sampler?.isDue(this.events) === true) sampler.take(this.events, bytes, begin + eventHeadBytes, end);
    if (this.#windowLeft === 0) onWindow(this.#sequence);
  }
}

/** Where the frame at `at` ends; undefined when its head is not there yet. */
function frameEnd(bytes: Buffer, at: number): number | undefined {
  if (at + shortFrameBytes > bytes.length) return undefined;
  const type = bytes[at + 1];
  if (bytes[at] !== version2 || (type !== eventType && type !== windowType && type !== compressedType))
    throw new Error(`no frame: ${bytes.toString("hex", at, at + eventHeadBytes)}`);
  if (type === windowType) return at + shortFrameBytes;
  if (type === compressedType) return at + shortFrameBytes + checkLength(bytes.readUInt32BE(at + 2));
  if (at + eventHeadBytes > bytes.length) return undefined;
  return at + eventHeadBytes + checkLength(bytes.readUInt32BE(at + 6));
}

function checkLength(bytes: number): number {
  if (bytes > frameBytesMax) throw new Error(`a frame of ${bytes} bytes`);
  return bytes;
}
