import assert from "node:assert/strict";
import type { LogFile } from "./file-system.ts";
import { headerBytes, readOffset } from "./record-format.ts";
import { parseRun, resync, type LogRecord } from "./record-scan.ts";

/** Damaged bytes between two valid records. */
export interface Gap {
  readonly position: number;
  readonly bytes: number;
  /** Offset that was expected at `position`. */
  readonly offset: number;
  /** 0 when only bytes that are no record stood between two consecutive ones. */
  readonly recordsLost: number;
}

/** What one read may give. */
export interface SegmentReadOptions {
  /** Where the segment ends for the reader. */
  readonly limit: number;
  /** Bytes read at once; more only for one record that is larger. */
  readonly bytesMax: number;
  readonly recordsMax: number;
  /** Records before this offset are passed over. */
  readonly from: number;
}

/** Less is not worth a read of its own. */
const readBytesMin = 64 * 1024;
/** Records are not all alike. */
const spareShare = 0.125;

/** Records and damages in the order in which they stand. */
export interface SegmentRead {
  readonly records: LogRecord[];
  readonly gaps: Gap[];
}

/**
 * Reads one segment from a record's beginning on, and finds its way behind damaged bytes.
 *
 * **Guarantee**: what it returns was written by the log's writer, bit by bit, at that offset.
 */
export class SegmentReader {
  readonly #file: LogFile;
  readonly #salt: number;
  #position: number;
  #expected: number;
  /** Where damage began whose end was not found yet. */
  #damagedFrom: number | undefined;
  #base = 0;
  /** What a record had of late: so many as are asked for have about as much, and what is read beyond them is read again. */
  #recordBytes = Number.POSITIVE_INFINITY;

  constructor(file: LogFile, start: { salt: number; position: number; expected: number }) {
    this.#file = file;
    this.#salt = start.salt;
    this.#position = start.position;
    this.#expected = start.expected;
  }

  /** Where the next record begins, or the damage that has no end yet. */
  get position(): number {
    return this.#damagedFrom ?? this.#position;
  }

  /** Offset of the next record. */
  get expected(): number {
    return this.#expected;
  }

  /** Everything before this offset was durable when the last record read was written. */
  get base(): number {
    return this.#base;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Reads on until there are records, or the limit is reached. Damage that reaches the limit is not in `gaps` yet. */
  async read(options: SegmentReadOptions): Promise<SegmentRead> {
    const out: SegmentRead = { records: [], gaps: [] };
    let need = headerBytes;
    while (out.records.length === 0 && this.#position < options.limit) {
      const size = Math.min(
        Math.max(Math.min(options.bytesMax, this.#likelyBytes(options.recordsMax)), need),
        options.limit - this.#position,
      );
      const buffer = Buffer.allocUnsafeSlow(size);
      const bytes = await this.#file.read(buffer, this.#position);
      // The file is shorter than was claimed: what is missing ends the segment for now.
      const limit = bytes < size ? this.#position + bytes : options.limit;
      const parsed = this.#parse(buffer.subarray(0, bytes), { ...options, limit }, out);
      this.#position += parsed.used;
      if (out.records.length > 0) this.#recordBytes = parsed.used / out.records.length;
      need = parsed.need;
      if (bytes < size && out.records.length === 0) break;
      assert(parsed.used > 0 || need > size || this.#position === limit, "a read made no progress");
    }
    return out;
  }

  #likelyBytes(records: number): number {
    return Math.max(readBytesMin, Math.ceil(this.#recordBytes * records * (1 + spareShare)));
  }

  /** Takes what the buffer holds; says how much of it was used, and how many bytes are needed from there to go on. */
  #parse(buffer: Buffer, options: SegmentReadOptions, out: SegmentRead): { used: number; need: number } {
    const limit = options.limit - this.#position;
    let at = 0;
    for (;;) {
      if (this.#damagedFrom !== undefined) {
        const found = this.#resync(buffer, at, { limit, damagedFrom: this.#damagedFrom });
        if (found.outcome !== "found") return { used: found.at, need: found.need };
        out.gaps.push(this.#closeGap(buffer, found.at, this.#damagedFrom));
        at = found.at;
      }
      const run = parseRun(
        buffer,
        { at, expected: this.#expected, salt: this.#salt, from: options.from, recordsMax: options.recordsMax },
        out.records,
      );
      at = run.at;
      this.#expected = run.expected;
      this.#base = run.base ?? this.#base;
      const torn = run.reason === "part" && at + run.need > limit;
      if (run.reason !== "invalid" && !torn) return { used: at, need: run.need };
      this.#damagedFrom = this.#position + at;
    }
  }

  #resync(buffer: Buffer, from: number, damage: { limit: number; damagedFrom: number }) {
    const bytesBefore = this.#position - damage.damagedFrom;
    // The damaged record's own beginning is no place to go on from.
    const at = Math.min(Math.max(from, 1 - bytesBefore), buffer.length);
    return resync(buffer, { at, salt: this.#salt, expected: this.#expected, bytesBefore, limit: damage.limit });
  }

  #closeGap(buffer: Buffer, at: number, damagedFrom: number): Gap {
    const offset = this.#expected;
    this.#expected = readOffset(buffer, at);
    this.#damagedFrom = undefined;
    return { position: damagedFrom, bytes: this.#position + at - damagedFrom, offset, recordsLost: this.#expected - offset };
  }
}
