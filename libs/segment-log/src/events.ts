/**
 * What a log tells whoever opened it; to be logged and counted there.
 *
 * **Shape**: `{ type: "corrupt", level: "error", message: "…", offset: 17, recordsLost: 1, bytes: 532 }`.
 */
export interface SegmentLogEvent {
  readonly type: SegmentLogEventType;
  readonly level: "info" | "warn" | "error";
  /** One sentence. */
  readonly message: string;
  /** Name of the cursor concerned. */
  readonly cursor?: string;
  /** First offset concerned. */
  readonly offset?: number;
  /** Records that were acknowledged once and cannot be read. */
  readonly recordsLost?: number;
  /** Bytes skipped, cut or freed. */
  readonly bytes?: number;
  readonly error?: unknown;
}

/**
 * - `corrupt`: bytes below the published end are no valid record; they were skipped.
 * - `records-missing`: acknowledged records are gone without a trace (a file was deleted, or the disk lied about an fsync).
 * - `published-ahead`: the published end claims more than the disk holds (power loss on a disk that lies about fsync).
 * - `published-unreadable`: the published end could not be read and was found again by scanning.
 * - `tail-cut`: an unacknowledged torn tail was cut off when the log was opened.
 * - `cursor-unlisted`: a cursor on disk is not in the writer's list; it is kept and holds space.
 * - `cursor-unreadable`: a cursor's file is damaged; it begins again at the oldest record.
 * - `cursor-behind`: a cursor stood before the oldest record kept; it goes on from there.
 * - `poisoned`: an fsync failed; the writer or cursor must be opened again.
 * - `free-failed`: a cursor could not be read, or a segment that nobody needs not be deleted; it is tried again all the time.
 * - `full`: appends wait, because the log has reached its size; `space`: they go on.
 */
export const segmentLogEventTypes = [
  "corrupt",
  "records-missing",
  "published-ahead",
  "published-unreadable",
  "tail-cut",
  "cursor-unlisted",
  "cursor-unreadable",
  "cursor-behind",
  "poisoned",
  "free-failed",
  "full",
  "space",
] as const;

/** Name of an event. */
export type SegmentLogEventType = (typeof segmentLogEventTypes)[number];

/** Receives events; must not throw. */
export type OnSegmentLogEvent = (event: SegmentLogEvent) => void;
