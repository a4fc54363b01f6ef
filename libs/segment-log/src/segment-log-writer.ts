import { AppendQueue, type Appended } from "./append-queue.ts";
import { ChangeWaiter } from "./change-waiter.ts";
import { failure, isDiskFull } from "./errors.ts";
import type { OnSegmentLogEvent } from "./events.ts";
import type { FileLock, FileSystem } from "./file-system.ts";
import { paths } from "./layout.ts";
import { batchBytesMax, freePollMs, spacePollMs } from "./limits.ts";
import { readCursors, type CursorState } from "./retention.ts";
import type { SegmentLog, SegmentLogStats } from "./segment-log.ts";
import type { SegmentStore } from "./segment-store.ts";

/** What a writer is made of, all of it open. */
export interface SegmentLogWriterOptions {
  readonly dir: string;
  readonly fileSystem: FileSystem;
  readonly bytesMax: number;
  /** Listed cursors. */
  readonly cursors: readonly string[];
  readonly store: SegmentStore;
  readonly lock: FileLock;
  readonly emit: OnSegmentLogEvent;
}

/** The one writer: takes batches from the queue, waits for space, and frees what every cursor has passed. */
export class SegmentLogWriter implements SegmentLog {
  readonly #options: SegmentLogWriterOptions;
  readonly #store: SegmentStore;
  readonly #queue = new AppendQueue();
  readonly #cursorChanges: ChangeWaiter;
  readonly #freeTimer: NodeJS.Timeout;
  #cursors: readonly CursorState[] = [];
  #pumping: Promise<void> | undefined;
  #freeing: Promise<void> | undefined;
  #full = false;
  #freeFailed = false;
  #closed: Promise<void> | undefined;

  constructor(options: SegmentLogWriterOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#cursorChanges = new ChangeWaiter(options.fileSystem, paths.cursors(options.dir));
    this.#freeTimer = setInterval(() => {
      if (this.#store.segmentCount > 1) void this.#free();
    }, freePollMs);
    this.#freeTimer.unref();
  }

  get endOffset(): number {
    return this.#store.next;
  }

  get bytes(): number {
    return this.#store.bytes;
  }

  async append(payloads: readonly Uint8Array[], options: { readonly signal?: AbortSignal } = {}): Promise<Appended> {
    if (this.#closed !== undefined) throw this.#closedError();
    if (this.#store.poison !== undefined) throw this.#store.poison;
    if (payloads.length === 0) return { first: this.#store.next, next: this.#store.next };
    const appended = this.#queue.push(payloads, options.signal);
    this.#pumping ??= this.#pump();
    return appended;
  }

  stats(): SegmentLogStats {
    return {
      state: this.#state(),
      firstOffset: this.#store.first,
      endOffset: this.#store.next,
      bytes: this.#store.bytes,
      bytesMax: this.#options.bytesMax,
      segments: this.#store.segmentCount,
      appendsPending: this.#queue.length,
      syncs: this.#store.syncs,
      cursors: this.#cursors,
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Looks at the cursors and frees what all of them have passed. One at a time; never rejects. */
  #free(): Promise<void> {
    this.#freeing ??= this.#freeOnce().finally(() => {
      this.#freeing = undefined;
    });
    return this.#freeing;
  }

  async #freeOnce(): Promise<void> {
    const { fileSystem, dir, cursors, emit } = this.#options;
    try {
      const range = await readCursors(fileSystem, dir, cursors);
      this.#cursors = range.cursors;
      await this.#store.free(range.min);
      this.#freeFailed = false;
    } catch (error) {
      // Said once: it is tried again all the time.
      if (!this.#freeFailed)
        emit({ type: "free-failed", level: "warn", message: `no space can be freed in ${dir}; it is tried again`, error });
      this.#freeFailed = true;
    }
  }

  /** Writes batch after batch until the queue is empty. */
  async #pump(): Promise<void> {
    // One turn of the event loop lets the appends of this moment share the batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const room = await this.#waitForRoom();
      if (this.#queue.length === 0) break;
      if (this.#closed !== undefined && room === 0) {
        this.#queue.rejectAll(this.#closedError());
        break;
      }
      await this.#writeBatch(room);
    }
    this.#pumping = undefined;
  }

  async #writeBatch(room: number): Promise<void> {
    const batch = this.#queue.take(Math.min(batchBytesMax, room));
    try {
      this.#queue.resolve(batch, await this.#store.append(batch.payloads, batch.bytes));
    } catch (error) {
      if (isDiskFull(error)) await this.#freePassed();
      this.#queue.reject(batch, error);
      if (this.#store.poison !== undefined) this.#queue.rejectAll(this.#store.poison);
    }
  }

  /** Bytes that the next batch may have; waits until its first record fits. 0 when the log is closing and it does not fit. */
  async #waitForRoom(): Promise<number> {
    while (this.#queue.length > 0) {
      const room = this.#room() || (await this.#makeRoom());
      if (room > 0) {
        this.#setFull(false);
        return room;
      }
      if (this.#closed !== undefined) return 0;
      this.#setFull(true);
      await this.#cursorChanges.wait(spacePollMs);
    }
    this.#setFull(false);
    return 0;
  }

  async #makeRoom(): Promise<number> {
    // Sealed, the active segment comes free as soon as the cursors have passed it.
    await this.#store.seal();
    await this.#free();
    return this.#room();
  }

  /** On a full disk the segment that is being written may hold the last room: where every cursor has passed it, it goes too. */
  async #freePassed(): Promise<void> {
    await this.#free();
    if (this.#cursors.length === 0 || this.#cursors.some(({ committed }) => committed !== this.#store.next)) return;
    await this.#store.seal();
    await this.#free();
    // Readers see by it that their segment is done with: a file that is open keeps its room. A failure poisons the store, as any does.
    await this.#store.publish().catch(() => undefined);
  }

  #room(): number {
    const needed = this.#queue.nextBytes;
    const inLog = this.#options.bytesMax - this.#store.bytes;
    // An empty log takes any one record, or a record larger than the log would wait for ever.
    if (needed > inLog && this.#store.bytes > 0) return 0;
    return Math.max(needed, Math.min(inLog, this.#store.batchRoom(needed)));
  }

  #setFull(full: boolean): void {
    if (this.#full === full) return;
    this.#full = full;
    const { dir, bytesMax, emit } = this.#options;
    if (full)
      emit({ type: "full", level: "warn", message: `the log in ${dir} has reached ${bytesMax} bytes: appends wait for its cursors` });
    else emit({ type: "space", level: "info", message: `the log in ${dir} takes appends again` });
  }

  async #close(): Promise<void> {
    clearInterval(this.#freeTimer);
    this.#cursorChanges.notify();
    await this.#pumping;
    await this.#freeing;
    this.#cursorChanges.close();
    await this.#store.close();
    await this.#options.lock.release();
  }

  #state(): SegmentLogStats["state"] {
    if (this.#closed !== undefined) return "closed";
    if (this.#store.poison !== undefined) return "poisoned";
    return this.#full ? "full" : "open";
  }

  #closedError(): Error {
    return failure("GATELOG_SEGMENT_LOG_CLOSED", `the log in ${this.#options.dir}`);
  }
}
