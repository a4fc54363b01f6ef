import { randomBytes } from "node:crypto";
import { failure, systemFailure } from "./errors.ts";
import type { SegmentLogEvent } from "./events.ts";
import type { FileSystem, LogFile } from "./file-system.ts";
import { paths } from "./layout.ts";
import { batchBytesMax } from "./limits.ts";
import { toSlot } from "./published.ts";
import { encodeRecord } from "./record-format.ts";
import type { Segment } from "./recovery.ts";
import type { SlotFile } from "./slot-file.ts";

/** What a store is made of. */
export interface SegmentStoreOptions {
  readonly fileSystem: FileSystem;
  readonly dir: string;
  readonly segmentBytesMax: number;
  readonly fsync: boolean;
  readonly published: SlotFile;
  readonly segments: Segment[];
  readonly next: number;
  readonly emit: (event: SegmentLogEvent) => void;
}

/**
 * The segments of a log, for its one writer.
 *
 * **Guarantee**: the order on disk is always: the new file's name, the records, then the published end. A failed fsync is never
 * repeated, because it may succeed without having written anything: the store is poisoned instead.
 */
export class SegmentStore {
  readonly #options: SegmentStoreOptions;
  /** Oldest first. The last one may be active. */
  readonly #segments: Segment[];
  #active: { readonly segment: Segment; readonly file: LogFile } | undefined;
  #next: number;
  #bytes: number;
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #poison: Error | undefined;
  #syncs = 0;

  constructor(options: SegmentStoreOptions) {
    this.#options = options;
    this.#segments = options.segments;
    this.#next = options.next;
    this.#bytes = options.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Offset of the next record: the durable end. */
  get next(): number {
    return this.#next;
  }

  /** Offset of the oldest record kept. */
  get first(): number {
    return this.#segments[0]?.first ?? this.#next;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#bytes;
  }

  get segmentCount(): number {
    return this.#segments.length;
  }

  /** Data fsyncs so far. */
  get syncs(): number {
    return this.#syncs;
  }

  /** Why nothing can be written any more. */
  get poison(): Error | undefined {
    return this.#poison;
  }

  /** Bytes that the next batch may have when its first record has `recordBytes`. */
  batchRoom(recordBytes: number): number {
    const room = this.#options.segmentBytesMax - (this.#active?.segment.bytes ?? 0);
    return room >= recordBytes ? room : Math.max(recordBytes, this.#options.segmentBytesMax);
  }

  /** Writes, fsyncs and publishes records; returns the first one's offset. When it throws, none of them exists (or the store is poisoned). */
  async append(payloads: readonly Uint8Array[], bytes: number): Promise<number> {
    if (this.#poison !== undefined) throw this.#poison;
    if (this.#active !== undefined && this.#active.segment.bytes + bytes > this.#options.segmentBytesMax) await this.seal();
    const { segment, file } = this.#active ?? (await this.#begin());
    await this.#write(file, segment, this.#encode(payloads, bytes, segment.salt));
    await this.#sync(file, segment);
    const first = this.#next;
    segment.bytes += bytes;
    this.#bytes += bytes;
    this.#next += payloads.length;
    await this.publish();
    return first;
  }

  /** Ends the active segment, so that it can be freed; the next record begins a new one. */
  async seal(): Promise<void> {
    if (this.#active === undefined || this.#active.segment.bytes === 0) return;
    await this.#closeActive();
  }

  /** Lets readers see everything up to the durable end. */
  async publish(): Promise<void> {
    const last = this.#segments.at(-1);
    const { published, dir } = this.#options;
    try {
      await published.write(toSlot({ first: last?.first ?? this.#next, bytes: last?.bytes ?? 0, next: this.#next }));
    } catch (error) {
      throw this.#poisoned(`the published end in ${dir} could not be written`, error);
    }
  }

  /** Deletes the sealed segments all of whose records are before `offset`, oldest first. */
  async free(offset: number): Promise<void> {
    const { fileSystem, dir } = this.#options;
    for (;;) {
      const [segment, following] = this.#segments;
      if (segment === undefined || segment === this.#active?.segment || (following?.first ?? this.#next) > offset) return;
      const path = paths.segment(dir, segment);
      try {
        await fileSystem.unlink(path);
      } catch (error) {
        throw systemFailure(error, `${path} could not be deleted`);
      }
      this.#segments.shift();
      this.#bytes -= segment.bytes;
    }
  }

  async close(): Promise<void> {
    await this.#closeActive();
    await this.#options.published.close();
  }

  async #closeActive(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    // Everything in it is durable already, so that a failing close loses nothing.
    await active?.file.close().catch(() => undefined);
  }

  async #begin(): Promise<{ segment: Segment; file: LogFile }> {
    const { fileSystem, dir } = this.#options;
    const segment = { first: this.#next, salt: randomBytes(4).readUInt32LE(), bytes: 0 };
    const path = paths.segment(dir, segment);
    let file: LogFile;
    try {
      file = await fileSystem.open(path, "create");
    } catch (error) {
      throw systemFailure(error, `cannot begin the segment ${path}`);
    }
    try {
      if (this.#options.fsync) await fileSystem.syncDirectory(dir);
    } catch (error) {
      await file.close().catch(() => undefined);
      throw this.#poisoned(`the directory ${dir} could not be fsynced`, error);
    }
    this.#segments.push(segment);
    this.#active = { segment, file };
    return this.#active;
  }

  #encode(payloads: readonly Uint8Array[], bytes: number, salt: number): Buffer {
    const buffer = this.#bufferOf(bytes);
    let at = 0;
    payloads.forEach((payload, ahead) => {
      at = encodeRecord(buffer, at, payload, { salt, offset: this.#next + ahead, ahead });
    });
    return buffer.subarray(0, at);
  }

  /** The buffer that all batches share, grown as needed; one large record gets its own. */
  #bufferOf(bytes: number): Buffer {
    if (bytes > batchBytesMax) return Buffer.allocUnsafeSlow(bytes);
    while (this.#buffer.length < bytes) this.#buffer = Buffer.allocUnsafeSlow(Math.min(batchBytesMax, this.#buffer.length * 2));
    return this.#buffer;
  }

  async #write(file: LogFile, segment: Segment, content: Buffer): Promise<void> {
    try {
      await file.write(content, segment.bytes);
    } catch (error) {
      // What was written in part must not stand behind a later, shorter batch.
      await file.truncate(segment.bytes).catch((cause: unknown) => {
        throw this.#poisoned(`a partly written batch in ${this.#options.dir} could not be cut off`, cause);
      });
      throw systemFailure(error, `cannot write to the log in ${this.#options.dir}`);
    }
  }

  async #sync(file: LogFile, segment: Segment): Promise<void> {
    if (!this.#options.fsync) return;
    try {
      await file.sync();
      this.#syncs += 1;
    } catch (error) {
      await file.truncate(segment.bytes).catch(() => undefined);
      throw this.#poisoned(`an fsync of the log in ${this.#options.dir} failed`, error);
    }
  }

  #poisoned(what: string, cause: unknown): Error {
    if (this.#poison !== undefined) return this.#poison;
    const poison = failure("GATELOG_SEGMENT_LOG_POISONED", what, cause);
    this.#poison = poison;
    this.#options.emit({ type: "poisoned", level: "error", message: poison.message, error: cause });
    return poison;
  }
}
