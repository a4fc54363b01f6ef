import type { FileSystem } from "./file-system.ts";
import type { OnSegmentLogEvent } from "./events.ts";
import type { LogRecord } from "./record-scan.ts";

/** How a cursor is opened. */
export interface CursorOptions {
  readonly dir: string;
  /** As registered by the log's writer. */
  readonly name: string;
  /** True: wait until the log exists and the cursor is registered. Default false. */
  readonly waitForLog?: boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  readonly fileSystem?: FileSystem;
  readonly onEvent?: OnSegmentLogEvent;
}

/** Bounds of one read. */
export interface CursorReadOptions {
  readonly recordsMax: number;
  /** **Units**: bytes read at once; one record that is larger is still returned, alone. */
  readonly bytesMax: number;
  /** **Units**: milliseconds to wait for the first record. */
  readonly waitMsMax: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Consecutive records, and the offset to commit when all of them are done with. */
export interface CursorRead {
  readonly records: LogRecord[];
  /** May be beyond the last record when damaged ones were skipped, also when `records` is empty. */
  readonly next: number;
}

/**
 * A reader with a name, whose place in the log is saved.
 *
 * **Guarantee**: every durable record is read in order, at least once, from `committed` on; never one that is not durable yet.
 */
export interface Cursor {
  readonly name: string;
  /** Everything before it is done with, durably. */
  readonly committed: number;
  /** Offset of the record that `read` gives next. */
  readonly position: number;
  /**
   * The next records, at once when there are any, else when the first arrives; empty on time-out or abort. One read at a time.
   * The payloads share one buffer of up to `bytesMax`: copy what is kept for long.
   */
  read(options: CursorReadOptions): Promise<CursorRead>;
  /** Saves that everything before `next` is done with; resolves when that is durable. Lower than `committed` does nothing. */
  commit(next: number): Promise<void>;
  /** Goes to another record, for example back to `committed` after a failure. Offsets that are no longer kept are skipped, and said. */
  seek(offset: number): void;
  /** Records durable but not committed, as of the last look (at most a second old). */
  lag(): number;
  /** Looks at the log's end now. */
  refresh(): Promise<void>;
  /** Waits for a commit that is being written, and gives the lock back. */
  close(): Promise<void>;
}
