import assert from "node:assert/strict";
import { ChangeWaiter } from "./change-waiter.ts";
import type { Cursor, CursorRead, CursorReadOptions } from "./cursor.ts";
import { toSlot, type CursorPosition } from "./cursor-position.ts";
import { failure, systemFailure } from "./errors.ts";
import type { OnSegmentLogEvent, SegmentLogEvent } from "./events.ts";
import type { FileSystem } from "./file-system.ts";
import { paths } from "./layout.ts";
import { lagRefreshMs, readMarksMax, readPollMs } from "./limits.ts";
import { LogReader, type LogReaderOptions, type Place } from "./log-reader.ts";
import { fromSlot, type Published } from "./published.ts";
import type { SlotFile } from "./slot-file.ts";

/** What a cursor is made of, all of it open and locked. */
export interface NamedCursorOptions {
  readonly dir: string;
  readonly name: string;
  readonly fileSystem: FileSystem;
  readonly emit: OnSegmentLogEvent;
  readonly file: SlotFile;
  readonly published: SlotFile;
  readonly position: CursorPosition;
  /** The published end as it was just read. */
  readonly seen: Published;
  readonly release: () => Promise<void>;
}

/** The reader's side of a log: waits at the published end, and saves how far it is. */
export class NamedCursor implements Cursor {
  readonly name: string;
  readonly #options: NamedCursorOptions;
  readonly #context: LogReaderOptions;
  readonly #changes: ChangeWaiter;
  readonly #lagTimer: NodeJS.Timeout;
  /** Starts of recent reads, by offset, so that `commit` and `seek` know where the record stands. */
  readonly #marks = new Map<number, Place>();
  readonly #closing = new AbortController();
  #reader: LogReader;
  #published: Published;
  #committed: number;
  #wanted: number;
  #committing: Promise<void> | undefined;
  #poison: Error | undefined;
  #reading: Promise<CursorRead> | undefined;
  #sought: number | undefined;
  /** Losses up to this offset were reported: going back and reading again must not count them twice. */
  #lossSaid = -1;

  constructor(options: NamedCursorOptions) {
    this.name = options.name;
    this.#options = options;
    this.#context = { fileSystem: options.fileSystem, dir: options.dir, emit: (event) => this.#emitOnce(event) };
    this.#committed = options.position.committed;
    this.#wanted = this.#committed;
    this.#published = options.seen;
    this.#reader = new LogReader(this.#context, { offset: this.#committed, place: options.position.place });
    this.#changes = new ChangeWaiter(options.fileSystem, paths.published(options.dir));
    this.#lagTimer = setInterval(() => void this.refresh().catch(() => undefined), lagRefreshMs);
    this.#lagTimer.unref();
  }

  get committed(): number {
    return this.#committed;
  }

  get position(): number {
    return this.#sought ?? this.#reader.offset;
  }

  lag(): number {
    return Math.max(0, this.#published.next - this.#committed);
  }

  async refresh(): Promise<void> {
    const state = await this.#options.published.read();
    // Neither slot valid: the writer repairs it when it opens the log; until then what was seen last holds.
    if (state === undefined) return;
    const published = fromSlot(state);
    // Read while the writer writes, the newer slot may be torn: the end before is no news, for the end never goes back.
    if (published.next >= this.#published.next) this.#published = published;
  }

  async read(options: CursorReadOptions): Promise<CursorRead> {
    assert(this.#reading === undefined, "one read of a cursor at a time");
    if (this.#closing.signal.aborted) throw this.#closedError();
    this.#reading = this.#read(options).finally(() => {
      this.#reading = undefined;
    });
    try {
      return await this.#reading;
    } catch (error) {
      throw systemFailure(error, `cannot read the log in ${this.#options.dir}`);
    }
  }

  seek(offset: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > this.#published.next) throw this.#offsetError("seek to", offset);
    this.#sought = offset;
  }

  async commit(next: number): Promise<void> {
    if (!Number.isSafeInteger(next) || next < 0 || next > this.#published.next) throw this.#offsetError("commit", next);
    if (this.#closing.signal.aborted) throw this.#closedError();
    if (this.#poison !== undefined) throw this.#poison;
    this.#wanted = Math.max(this.#wanted, next);
    // A commit that is being written may be of a lower offset: go round again.
    while (this.#committed < next) {
      this.#committing ??= this.#save(this.#wanted).finally(() => {
        this.#committing = undefined;
      });
      await this.#committing;
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearInterval(this.#lagTimer);
    this.#changes.close();
    await this.#reading?.catch(() => undefined);
    await this.#committing?.catch(() => undefined);
    await this.#reader.close();
    await this.#options.file.close();
    await this.#options.published.close();
    await this.#options.release();
  }

  async #read(options: CursorReadOptions): Promise<CursorRead> {
    const deadline = performance.now() + options.waitMsMax;
    for (;;) {
      await this.#goWhereSought();
      await this.refresh();
      const offset = this.#reader.offset;
      this.#mark(offset);
      const records = await this.#reader.read(this.#published, options);
      this.#mark(this.#reader.offset);
      const next = this.#reader.offset;
      const remainingMs = deadline - performance.now();
      const stopped = options.signal?.aborted === true || this.#closing.signal.aborted;
      if (records.length > 0 || next > offset || remainingMs <= 0 || stopped) return { records, next };
      await this.#changes.wait(Math.min(remainingMs, readPollMs), options.signal);
    }
  }

  async #goWhereSought(): Promise<void> {
    const offset = this.#sought;
    if (offset === undefined) return;
    this.#sought = undefined;
    if (offset === this.#reader.offset) return;
    await this.#reader.close();
    this.#reader = new LogReader(this.#context, { offset, place: this.#marks.get(offset) });
  }

  #mark(offset: number): void {
    const place = this.#reader.place;
    if (place === undefined || this.#marks.has(offset)) return;
    this.#marks.set(offset, place);
    for (const oldest of this.#marks.keys()) {
      if (this.#marks.size <= readMarksMax) break;
      this.#marks.delete(oldest);
    }
  }

  async #save(next: number): Promise<void> {
    const { file, dir } = this.#options;
    const place = this.#marks.get(next);
    try {
      await file.write(toSlot(place === undefined ? { committed: next } : { committed: next, place }));
    } catch (error) {
      throw systemFailure(error, `cannot save the position of cursor ${this.name} in ${dir}`);
    }
    try {
      await file.sync();
    } catch (error) {
      this.#poison = failure("GATELOG_SEGMENT_LOG_POISONED", `an fsync of cursor ${this.name} in ${dir} failed`, error);
      this.#options.emit({ type: "poisoned", level: "error", message: this.#poison.message, error });
      throw this.#poison;
    }
    this.#committed = next;
  }

  #emitOnce(event: SegmentLogEvent): void {
    if (event.offset !== undefined && event.offset <= this.#lossSaid) return;
    this.#lossSaid = event.offset ?? this.#lossSaid;
    this.#options.emit(event);
  }

  #offsetError(what: string, offset: number): Error {
    const end = this.#published.next;
    return failure(
      "GATELOG_SEGMENT_LOG_OFFSET",
      `cannot ${what} offset ${offset} of the log in ${this.#options.dir}, which ends at ${end}`,
    );
  }

  #closedError(): Error {
    return failure("GATELOG_SEGMENT_LOG_CLOSED", `cursor ${this.name} in ${this.#options.dir}`);
  }
}
