import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { fingerprintBytesMax, type Point, readBytes, tailBytesMax, tailOf } from "./fingerprint.ts";
import type { GzipStream } from "./gzip-reader.ts";

/** What is known of an intact gzip file. */
export interface Inspection {
  /** Bytes that it inflates to. */
  readonly size: number;
  readonly head: Buffer;
  /** CRC-32 of all of them; undefined where it was enough to know that nothing in it is new. */
  readonly crc: number | undefined;
  /** Up to 1 KiB of what stands before the offsets that were asked for. */
  readonly before: ReadonlyMap<number, Buffer>;
}

export interface InspectionQuestion {
  /** Offsets whose surroundings are of interest, by the file's first bytes. */
  readonly offsetsOf: (head: Buffer) => readonly number[];
  /** The size of a file with that head, whose trailer says so, when nothing in it is new: then its rest is not inflated. */
  readonly knownSizeOf: (head: Buffer, trailerSize: number) => number | undefined;
}

/** The trailer's size counts modulo this. */
export const sizeModulus = 2 ** 32;
const trailerBytes = 4;

/**
 * Inflates a gzip file once, which checks all of its checksums, and remembers what is asked for.
 *
 * **Errors**: zlib's, of a file that is damaged or not written to its end.
 */
export async function inspectGzip(
  handle: FileHandle,
  stream: GzipStream,
  { offsetsOf, knownSizeOf }: InspectionQuestion,
): Promise<Inspection> {
  try {
    const first = await readFirst(stream);
    const head = Buffer.from(first.subarray(0, fingerprintBytesMax));
    const knownSize = knownSizeOf(head, await trailerSize(handle));
    if (knownSize !== undefined) return { size: knownSize, head, crc: undefined, before: new Map() };
    const notes = new Notes(offsetsOf(head));
    for (let chunk: Buffer | undefined = first; chunk !== undefined; chunk = await stream.next()) notes.take(chunk);
    return { size: notes.size, head, crc: notes.crc, before: notes.end() };
  } finally {
    stream.close();
  }
}

/** Whether before the point stands what stood there; undefined where nobody asked in time. */
export function tailInspectedAt({ size, crc, before }: Inspection, { offset, tail }: Point): boolean | undefined {
  if (tail === undefined || offset === 0) return true;
  if (crc === undefined && offset === size) return true;
  const bytes = before.get(offset);
  return bytes === undefined ? undefined : tailOf(bytes.subarray(bytes.length - tail.length)).hash === tail.hash;
}

/** What a stream inflates to first: at least a whole head, if there is so much. */
async function readFirst(stream: GzipStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  while (bytes < fingerprintBytesMax) {
    const chunk = await stream.next();
    if (chunk === undefined) break;
    chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks);
}

async function trailerSize(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const trailer = await readBytes(handle, Math.max(0, size - trailerBytes), trailerBytes);
  return trailer.length === trailerBytes ? trailer.readUInt32LE(0) : 0;
}

/** What is noted while a file is inflated. */
class Notes {
  size = 0;
  crc = 0;
  readonly #before = new Map<number, Buffer>();
  readonly #offsets: number[];
  /** The last bytes before `size`. */
  #recent: Buffer = Buffer.alloc(0);

  constructor(offsets: readonly number[]) {
    this.#offsets = [...new Set(offsets)].sort((a, b) => a - b);
  }

  take(chunk: Buffer): void {
    this.crc = crc32(chunk, this.crc);
    const known = Buffer.concat([this.#recent, chunk]);
    const start = this.size - this.#recent.length;
    this.size += chunk.length;
    for (let [offset] = this.#offsets; offset !== undefined && offset <= this.size; [offset] = this.#offsets) {
      this.#offsets.shift();
      this.#before.set(offset, Buffer.from(known.subarray(Math.max(0, offset - start - tailBytesMax), offset - start)));
    }
    this.#recent = Buffer.from(known.subarray(Math.max(0, known.length - tailBytesMax)));
  }

  end(): ReadonlyMap<number, Buffer> {
    return this.#before.set(this.size, this.#recent);
  }
}
