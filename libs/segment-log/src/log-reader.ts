import { systemErrorCode, systemFailure } from "./errors.ts";
import type { OnSegmentLogEvent } from "./events.ts";
import type { FileSystem } from "./file-system.ts";
import { listSegments, paths, type SegmentName } from "./layout.ts";
import type { Published } from "./published.ts";
import type { LogRecord } from "./record-scan.ts";
import { SegmentReader, type Gap } from "./segment-reader.ts";

/** Where a record begins. */
export interface Place {
  readonly first: number;
  readonly position: number;
}

/** Which log is read. */
export interface LogReaderOptions {
  readonly fileSystem: FileSystem;
  readonly dir: string;
  readonly emit: OnSegmentLogEvent;
}

/** The segment that is being read. */
interface Open {
  readonly segment: SegmentName;
  readonly reader: SegmentReader;
  /** Size of a segment that gets no more records. */
  sealedBytes: number | undefined;
  readonly fileSize: () => Promise<number>;
}

/** Reads records across segments, from one offset on, up to the published end. Knows nothing of names, locks and waiting. */
export class LogReader {
  readonly #fileSystem: FileSystem;
  readonly #dir: string;
  readonly #emit: OnSegmentLogEvent;
  /** Offset of the next record to return. */
  #offset: number;
  /** Where to begin in a segment without a scan. */
  #start: { readonly offset: number; readonly place: Place } | undefined;
  #open: Open | undefined;

  constructor(options: LogReaderOptions, start: { offset: number; place?: Place | undefined }) {
    this.#fileSystem = options.fileSystem;
    this.#dir = options.dir;
    this.#emit = options.emit;
    this.#offset = start.offset;
    this.#start = start.place && { offset: start.offset, place: start.place };
  }

  get offset(): number {
    return this.#offset;
  }

  /** Where the record `offset` begins, once something was read. */
  get place(): Place | undefined {
    const open = this.#open;
    if (open?.reader.expected === this.#offset) return { first: open.segment.first, position: open.reader.position };
    return this.#start?.offset === this.#offset ? this.#start.place : undefined;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.reader.close();
  }

  /** The next records before the published end; empty when there is none. */
  async read(published: Published, limits: { recordsMax: number; bytesMax: number }): Promise<LogRecord[]> {
    while (this.#offset < published.next) {
      const open = await this.#openSegment();
      if (open === undefined || open.segment.first > published.first) {
        this.#missing(published.next, "no segment has them");
        break;
      }
      const limit = await this.#limit(open, published);
      const read = await open.reader.read({ ...limits, limit, from: this.#offset });
      for (const gap of read.gaps) this.#damaged(gap);
      const last = read.records.at(-1);
      if (last !== undefined) {
        this.#offset = last.offset + 1;
        return read.records;
      }
      await this.#leaveSegment(open, { limit, published });
    }
    // Whatever comes next is in another segment. This one may be deleted, and takes room on the disk for as long as it is open.
    if (this.#open !== undefined && this.#open.segment.first < published.first) await this.close();
    return [];
  }

  async #limit(open: Open, published: Published): Promise<number> {
    if (open.segment.first === published.first) return published.bytes;
    open.sealedBytes ??= await open.fileSize();
    return open.sealedBytes;
  }

  /** The segment has no more records for now: says what is lacking, and goes to where the next record must be. */
  async #leaveSegment(open: Open, at: { limit: number; published: Published }): Promise<void> {
    const { reader, segment } = open;
    const sealed = segment.first !== at.published.first;
    const following = sealed ? (await listSegments(this.#fileSystem, this.#dir)).find((other) => other.first > segment.first) : undefined;
    const end = Math.min(following?.first ?? at.published.next, at.published.next);
    const damagedBytes = at.limit - reader.position;
    const recordsLost = Math.max(0, end - Math.max(reader.expected, this.#offset));
    const gap = { position: reader.position, bytes: damagedBytes, offset: end - recordsLost, recordsLost };
    if (damagedBytes > 0 && recordsLost > 0) this.#damaged(gap);
    else if (recordsLost > 0) this.#missing(end, `the segment ${paths.segment(this.#dir, segment)} ends before them`);
    this.#offset = Math.max(this.#offset, end);
    this.#start = sealed ? undefined : { offset: this.#offset, place: { first: segment.first, position: at.limit } };
    await this.close();
  }

  /** Opens the segment that has the next record, or the first one after it. */
  async #openSegment(): Promise<Open | undefined> {
    if (this.#open !== undefined) return this.#open;
    for (;;) {
      const segments = await listSegments(this.#fileSystem, this.#dir);
      const segment = segments.findLast((one) => one.first <= this.#offset) ?? segments[0];
      if (segment === undefined) return undefined;
      const path = paths.segment(this.#dir, segment);
      try {
        const file = await this.#fileSystem.open(path, "read");
        if (segment.first > this.#offset) this.#behind(segment.first);
        const reader = new SegmentReader(file, { salt: segment.salt, ...this.#startIn(segment) });
        this.#open = { segment, reader, sealedBytes: undefined, fileSize: () => file.size() };
        return this.#open;
      } catch (error) {
        // Freed between the listing and the opening: list again.
        if (systemErrorCode(error) !== "ENOENT") throw systemFailure(error, `cannot read ${path}`);
      }
    }
  }

  #startIn(segment: SegmentName): { position: number; expected: number } {
    const start = this.#start;
    if (start === undefined || start.place.first !== segment.first) return { position: 0, expected: segment.first };
    return { position: start.place.position, expected: start.offset };
  }

  #behind(first: number): void {
    const message = `the cursor stood at offset ${this.#offset} of the log in ${this.#dir}, which keeps records from ${first} on`;
    this.#emit({ type: "cursor-behind", level: "error", message, offset: this.#offset, recordsLost: first - this.#offset });
    this.#offset = first;
  }

  #missing(next: number, why: string): void {
    const message = `records ${this.#offset} to ${next - 1} of the log in ${this.#dir} are missing: ${why}`;
    this.#emit({ type: "records-missing", level: "error", message, offset: this.#offset, recordsLost: next - this.#offset });
    this.#offset = next;
    this.#start = undefined;
  }

  #damaged(gap: Gap): void {
    const end = gap.offset + gap.recordsLost;
    // On the way to a record in the middle of the segment.
    if (gap.offset < this.#offset && end <= this.#offset) return;
    const recordsLost = end - Math.max(gap.offset, this.#offset);
    const where = `at byte ${gap.position} of a segment in ${this.#dir}`;
    const message = `${gap.bytes} damaged bytes ${where} were skipped; ${recordsLost} records from offset ${gap.offset} on are lost`;
    this.#emit({ type: "corrupt", level: "error", message, offset: gap.offset, recordsLost, bytes: gap.bytes });
  }
}
