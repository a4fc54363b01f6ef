import { deflateSync } from "node:zlib";
import { frameType, version1, version2 } from "./protocol.ts";

/** Random numbers that replay from their seed. */
export interface FuzzRandom {
  readonly seed: number;
  next(): number;
  /** An integer in [min, max]. */
  integer(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
}

/** A stream that a sender may send, and the events in it, in order. */
export interface FuzzStream {
  readonly bytes: Buffer;
  /** Each the JSON text as the receiver hands it on. */
  readonly events: readonly string[];
}

/** The sequence of the last event of every stream: its ACK tells that all was read. */
export const lastSequence = 0x7abc_def1;

/** What came of a fuzz run. */
export interface FuzzReport {
  readonly streams: number;
  /** Streams that were not read to their end; all of them damaged ones. */
  readonly refused: number;
  readonly events: number;
}

/** A valid stream of some windows, versions 1 and 2, plain and compressed; `keyOf` names each event. */
export function validStream(random: FuzzRandom, keyOf: () => string): FuzzStream {
  const events: string[] = [];
  const windows: Buffer[] = [];
  for (let count = random.integer(1, 4); count > 0; count -= 1) {
    const version = random.pick([version1, version2]);
    const size = random.pick([0, 1, 2, 3, random.integer(1, 40)]);
    let sequence = random.pick([0, 0, 0, random.integer(0, 1000), 0xffff_ffff - size]);
    const frames: Buffer[] = [];
    for (let index = 0; index < size; index += 1) {
      sequence += 1;
      const text = "字x".repeat(random.pick([0, 1, 10, random.integer(0, 300)]));
      const fields = { key: keyOf(), text };
      events.push(JSON.stringify(fields));
      frames.push(version === version1 ? dataFrame(sequence, fields) : jsonFrame(sequence, JSON.stringify(fields)));
    }
    windows.push(short(version, frameType.window, size), ...packed(random, version, frames));
  }
  const last = JSON.stringify({ key: keyOf() });
  events.push(last);
  windows.push(short(version2, frameType.window, 1), jsonFrame(lastSequence, last));
  return { bytes: Buffer.concat(windows), events };
}

/** The same stream with some bytes changed, lost, doubled, moved or made up; often at places that mean something. */
export function mutated(random: FuzzRandom, bytes: Buffer): Buffer {
  let result = Buffer.from(bytes);
  for (let count = random.integer(1, 5); count > 0 && result.length > 0; count -= 1) {
    const at = random.integer(0, result.length - 1);
    const length = random.integer(1, Math.min(64, result.length - at));
    const [before, part, after] = [result.subarray(0, at), result.subarray(at, at + length), result.subarray(at + length)];
    switch (random.integer(0, 6)) {
      case 0:
        result[at] = (result[at] ?? 0) ^ (1 << random.integer(0, 7));
        break;
      case 1:
        result = Buffer.concat([before, number32(random.pick(numbers)), result.subarray(at + 4)]);
        break;
      case 2:
        result = Buffer.concat([before, after]);
        break;
      case 3:
        result = Buffer.concat([before, part, part, after]);
        break;
      case 4:
        result = Buffer.concat([before, Buffer.from(Array.from({ length }, () => random.integer(0, 255))), after]);
        break;
      case 5:
        result = Buffer.concat([before, random.pick(heads), after]);
        break;
      default:
        result = Buffer.from(before);
    }
  }
  return result;
}

/** `bytes`, cut at random into pieces of at most one of `sizes`. */
export function chunked(random: FuzzRandom, bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  const sizeMax = random.pick(sizes);
  for (let at = 0; at < bytes.length;) {
    const size = random.integer(1, sizeMax);
    // Memory of its own, as a socket gives it.
    chunks.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return chunks;
}

/** What lies at the edges of the limits and of the integers. */
const numbers = [0, 1, 2, 0xff, 0x100, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

const heads = [
  ...[version1, version2].flatMap((version) => Object.values(frameType).map((type) => short(version, type, 1))),
  Buffer.from("2J"),
];

function packed(random: FuzzRandom, version: number, frames: readonly Buffer[]): Buffer[] {
  if (frames.length === 0 || random.next() < 0.4) return [...frames];
  // A window may be spread over several compressed frames.
  const cut = random.pick([frames.length, random.integer(1, frames.length)]);
  return [frames.slice(0, cut), frames.slice(cut)]
    .filter((part) => part.length > 0)
    .map((part) => compressedFrame(version, random.integer(0, 9), part));
}

function compressedFrame(version: number, level: number, frames: readonly Buffer[]): Buffer {
  const payload = deflateSync(Buffer.concat(frames), { level });
  return Buffer.concat([short(version, frameType.compressed, payload.length), payload]);
}

function jsonFrame(sequence: number, json: string): Buffer {
  const payload = Buffer.from(json);
  return Buffer.concat([short(version2, frameType.json, sequence), number32(payload.length), payload]);
}

function dataFrame(sequence: number, fields: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(fields);
  const parts = [short(version1, frameType.data, sequence), number32(entries.length)];
  for (const text of entries.flat()) parts.push(number32(Buffer.byteLength(text)), Buffer.from(text));
  return Buffer.concat(parts);
}

function short(version: number, type: number, value: number): Buffer {
  return Buffer.concat([Buffer.of(version, type), number32(value)]);
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
