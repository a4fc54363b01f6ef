/** Every bound of a tail, with its unit in its name. */
export interface FileTailLimits {
  /** Bytes of one line; a longer one is cut to this and flagged. */
  readonly lineBytesMax: number;
  /** Bytes of one read; also what a file may take at its turn before the next one's. */
  readonly readBytesMax: number;
  readonly batchLinesMax: number;
  readonly batchBytesMax: number;
  /** Batches that may be under way at the same time. */
  readonly deliveriesMax: number;
  /**
   * Bytes of batches that are acknowledged while one before them, with lines of the same files, is not; over it nothing more is handed
   * on. A crash sends them again.
   */
  readonly aheadBytesMax: number;
  /** Files held open. Those with unread bytes go first. */
  readonly openFilesMax: number;
  /** Files in the registry; when full, and nothing removed can be forgotten, new files wait. */
  readonly filesMax: number;
  /** Time between two looks at the directories. */
  readonly scanIntervalMs: number;
  /** Time between two looks at an open file that grew lately; doubles up to `pollIntervalMsMax` while it does not grow. */
  readonly pollIntervalMsMin: number;
  readonly pollIntervalMsMax: number;
  /** An open file that did not grow for so long is closed, and opened again when a scan sees it grow. */
  readonly closeInactiveMs: number;
  /** A file that left its directory is closed when it did not grow for so long, and everything of it is acknowledged. */
  readonly closeRemovedMs: number;
  /** Bytes of deleted files that are held open because they are not delivered yet; what is over is given up, oldest first. 0: no bound. */
  readonly deletedBytesMax: number;
  /** How long a copy waits for its original to be truncated, from its last growth, and the rest of a truncated file is looked for. */
  readonly copyWaitMs: number;
  /** What was not seen for so long is forgotten. */
  readonly cleanRemovedMs: number;
  /** Acknowledged offsets reach the disk within this time; a crash sends again what was acknowledged in it. */
  readonly registryFlushMs: number;
}

export const defaultLimits: FileTailLimits = {
  lineBytesMax: 1024 * 1024,
  readBytesMax: 256 * 1024,
  batchLinesMax: 2048,
  batchBytesMax: 2 * 1024 * 1024,
  deliveriesMax: 2,
  aheadBytesMax: 64 * 1024 * 1024,
  openFilesMax: 256,
  filesMax: 100_000,
  scanIntervalMs: 1000,
  pollIntervalMsMin: 100,
  pollIntervalMsMax: 1000,
  closeInactiveMs: 5 * 60_000,
  closeRemovedMs: 30_000,
  deletedBytesMax: 0,
  copyWaitMs: 10_000,
  cleanRemovedMs: 24 * 3_600_000,
  registryFlushMs: 200,
};
