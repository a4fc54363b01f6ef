import { ByteQueue } from "./byte-queue.ts";
import { LumberjackError } from "./errors.ts";
import { PairReader } from "./pair-reader.ts";
import { type DecoderLimits, eventHeadBytes, frameType, prefixBytes, shortFrameBytes, version1, version2 } from "./protocol.ts";

/** What a TLS client begins with. */
const tlsHandshake = 0x16;

/** One decoded frame. `version` is the ASCII byte `1` or `2`; `json` and `payload` are views of what arrived. */
export type Frame =
  | { readonly kind: "window"; readonly version: number; readonly count: number }
  | { readonly kind: "event"; readonly version: number; readonly sequence: number; readonly json: Buffer }
  | { readonly kind: "compressed"; readonly version: number; readonly payload: Buffer };

/** The frame that is not complete yet, and the payload bytes that were announced of it so far. */
export interface IncompleteFrame {
  readonly kind: "json" | "compressed" | "data";
  readonly announcedBytes: number;
}

/**
 * Turns a stream of bytes into frames, however it is cut.
 *
 * **Errors**: GATELOG_LUMBERJACK_PROTOCOL, GATELOG_LUMBERJACK_LIMIT; after one of them the decoder is of no more use.
 * **Guarantee**: holds at most one incomplete frame within its limit plus the last chunk; a limit is checked when the
 * length is announced, before a byte of it is kept.
 */
export class FrameDecoder {
  readonly #queue = new ByteQueue();
  readonly #limits: DecoderLimits;
  readonly #nested: boolean;
  #pairs: PairReader | undefined;
  #incomplete: IncompleteFrame | undefined;

  /** `nested` reads the inside of a compressed frame, where another compressed frame is refused. */
  constructor(limits: DecoderLimits, options?: { nested: boolean }) {
    this.#limits = limits;
    this.#nested = options?.nested ?? false;
  }

  /** Bytes that are held but not yet given out. */
  get bufferedBytes(): number {
    return this.#queue.length + (this.#pairs?.bytes ?? 0);
  }

  /** Whether a frame has begun that is not complete. */
  get isWithinFrame(): boolean {
    return this.#queue.length > 0 || this.#pairs !== undefined;
  }

  /** Undefined while not even its length is known. */
  get incomplete(): IncompleteFrame | undefined {
    return this.#pairs === undefined ? this.#incomplete : { kind: "data", announcedBytes: this.#pairs.bytes };
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
  }

  /** The next complete frame, or undefined until more bytes are pushed. */
  next(): Frame | undefined {
    if (this.#pairs !== undefined) return this.#nextPairs(this.#pairs);
    if (!this.#queue.holds(prefixBytes)) return undefined;
    const version = this.#queue.byteAt(0);
    if (version !== version1 && version !== version2) throw unknownVersion(version);
    const type = this.#queue.byteAt(1);
    switch (type) {
      case frameType.json:
        return this.#nextJson(version);
      case frameType.window:
        return this.#nextWindow(version);
      case frameType.compressed:
        return this.#nextCompressed(version);
      case frameType.data:
        return this.#startPairs(version);
      default:
        throw protocolError(`unknown frame type 0x${hex(type)}`);
    }
  }

  #nextWindow(version: number): Frame | undefined {
    const head = this.#queue.take(shortFrameBytes);
    if (head === undefined) return undefined;
    const count = head.readUInt32BE(2);
    checkLimit("window of events", count, this.#limits.windowEventsMax);
    return { kind: "window", version, count };
  }

  #nextJson(version: number): Frame | undefined {
    if (!this.#queue.holds(eventHeadBytes)) return undefined;
    const sequence = this.#queue.uint32At(2);
    const length = this.#queue.uint32At(6);
    if (length === 0) throw protocolError("empty JSON frame");
    checkLimit("JSON bytes", length, this.#limits.jsonBytesMax);
    const json = this.#takeBody("json", eventHeadBytes, length);
    return json && { kind: "event", version, sequence, json };
  }

  #nextCompressed(version: number): Frame | undefined {
    if (this.#nested) throw protocolError("compressed frame inside a compressed frame");
    if (!this.#queue.holds(shortFrameBytes)) return undefined;
    const length = this.#queue.uint32At(2);
    if (length === 0) throw protocolError("empty compressed frame");
    checkLimit("compressed bytes", length, this.#limits.compressedBytesMax);
    const payload = this.#takeBody("compressed", shortFrameBytes, length);
    return payload && { kind: "compressed", version, payload };
  }

  #takeBody(kind: "json" | "compressed", headBytes: number, length: number): Buffer | undefined {
    const isComplete = this.#queue.length >= headBytes + length;
    this.#incomplete = isComplete ? undefined : { kind, announcedBytes: length };
    if (!isComplete) return undefined;
    this.#queue.skip(headBytes);
    return this.#queue.take(length);
  }

  #startPairs(version: number): Frame | undefined {
    const head = this.#queue.take(eventHeadBytes);
    if (head === undefined) return undefined;
    const count = head.readUInt32BE(6);
    if (count === 0) throw protocolError("data frame without fields");
    checkLimit("fields of a data frame", count, this.#limits.pairsMax);
    this.#pairs = new PairReader({ version, sequence: head.readUInt32BE(2), count, bytesMax: this.#limits.jsonBytesMax });
    return this.#nextPairs(this.#pairs);
  }

  #nextPairs(pairs: PairReader): Frame | undefined {
    const json = pairs.read(this.#queue);
    if (json === undefined) return undefined;
    this.#pairs = undefined;
    return { kind: "event", version: pairs.version, sequence: pairs.sequence, json };
  }
}

export function checkLimit(what: string, value: number, max: number): void {
  if (value > max) throw new LumberjackError("GATELOG_LUMBERJACK_LIMIT", `${what}: ${value} is over the limit of ${max}`);
}

function protocolError(message: string): LumberjackError {
  return new LumberjackError("GATELOG_LUMBERJACK_PROTOCOL", message);
}

function unknownVersion(version: number): LumberjackError {
  const hint = version === tlsHandshake ? ": a TLS handshake, at a port without TLS" : "";
  return protocolError(`unknown protocol version 0x${hex(version)}${hint}`);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
