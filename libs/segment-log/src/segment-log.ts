import type { FileSystem } from "./file-system.ts";
import type { OnSegmentLogEvent } from "./events.ts";
import type { Appended } from "./append-queue.ts";
import type { CursorState } from "./retention.ts";

/** How a log is opened for writing. */
export interface SegmentLogOptions {
  /** Made when missing, mode 0700. */
  readonly dir: string;
  /**
   * **Units**: bytes of one segment file; min 4 KiB, max 1 GiB, default a sixteenth of `bytesMax`, at most 64 MiB. Space is
   * freed by whole segments.
   */
  readonly segmentBytesMax?: number;
  /** **Units**: bytes of all segment files, at least two segments; default 1 GiB. When reached, appends wait for the cursors. */
  readonly bytesMax?: number;
  /** Names that readers will use; each is registered, durably, before the first append. Space is freed only behind all of them. */
  readonly cursors: readonly string[];
  /** False: no fsync; a power loss (not a killed process) may then take acknowledged records. Default true. */
  readonly fsync?: boolean;
  readonly fileSystem?: FileSystem;
  readonly onEvent?: OnSegmentLogEvent;
}

/** What a log is doing, for metrics and readiness. */
export interface SegmentLogStats {
  /** `full`: appends wait, because the log has reached `bytesMax`; `poisoned`: close it and open it again. */
  readonly state: "open" | "full" | "poisoned" | "closed";
  /** Offset of the oldest record kept. */
  readonly firstOffset: number;
  readonly endOffset: number;
  readonly bytes: number;
  readonly bytesMax: number;
  readonly segments: number;
  /** Appends not yet durable. */
  readonly appendsPending: number;
  /** Data fsyncs since the log was opened. */
  readonly syncs: number;
  /** As of the last look (at most a second old while there is something to free). */
  readonly cursors: readonly CursorState[];
}

/**
 * The writer's side of a log.
 *
 * **Guarantee**: a resolved append survives a killed process and, with `fsync`, a power loss; it is then read by every
 * registered cursor, in order, at its offset.
 */
export interface SegmentLog {
  /**
   * Appends payloads in order; resolves when all of them are durable. Appends of the same moment share one write and one fsync.
   * Waits while the log is full. `signal` takes it back as long as nothing of it was written.
   *
   * **Errors**: GATELOG_SEGMENT_LOG_DISK_FULL, _IO, _NO_ACCESS, _BUSY (transient: append again), _POISONED (transient: open again),
   * _CLOSED, _PAYLOAD_TOO_LARGE (permanent). After an error a part of a large append may exist.
   */
  append(payloads: readonly Uint8Array[], options?: { readonly signal?: AbortSignal }): Promise<Appended>;
  /** Offset after the last durable record. */
  readonly endOffset: number;
  /** Bytes of all segment files. */
  readonly bytes: number;
  stats(): SegmentLogStats;
  /** Waits for what is being written, rejects what waits for space, and gives the lock back. */
  close(): Promise<void>;
}
