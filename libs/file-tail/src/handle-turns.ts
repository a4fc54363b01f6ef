import type { TrackedFile } from "./tracked-file.ts";

export interface HandleTurnsOptions {
  readonly openFilesMax: number;
  /** The files that are open; changed by `close`, and by whoever opens one. */
  readonly open: ReadonlySet<TrackedFile>;
  /** Whether nothing of it is to be taken, waits, or is under way. */
  readonly isAtRest: (file: TrackedFile) => boolean;
  /** Whether it is a copy that waits to see what becomes of its original. */
  readonly isWaiting: (file: TrackedFile) => boolean;
  /** Whether nothing is read any more that comes from now on. */
  readonly isAtEnd: () => boolean;
  readonly close: (file: TrackedFile) => Promise<void>;
}

/** How long a file may keep its handle while others wait for one. */
const turnMs = 1000;
/** How long nothing is opened when the process had no handle left. */
const pauseMs = 1000;
/** How long no more files are opened than then, and how many fewer. */
const fewerHandlesMs = 60_000;
const sparedHandles = 4;

/** What the system says when a process, or all of them, have no handle left. */
export const noHandles: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM"]);

/** Which files are open while more of them have something to read than there are handles: in turn. */
export class HandleTurns {
  readonly #options: HandleTurnsOptions;
  /** Files that gave their handles up at the end, and whether they are to be looked at once more. */
  readonly #postponed = new Map<TrackedFile, boolean>();
  #max: number;
  #moreDueMs = Number.POSITIVE_INFINITY;
  #dueMs = 0;

  constructor(options: HandleTurnsOptions) {
    this.#options = options;
    this.#max = options.openFilesMax;
  }

  /** Until then nothing is opened. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Whether one more file may be opened; closes others for it. */
  async free(nowMs: number): Promise<boolean> {
    if (nowMs >= this.#moreDueMs) this.#max = this.#options.openFilesMax;
    while (this.#options.open.size >= this.#max) if (!(await this.#freeOne(nowMs))) return false;
    return true;
  }

  /** The process has no handle left: files take turns with those that they have, and leave some to others. */
  makeDoWithFewer(nowMs: number): void {
    this.#dueMs = nowMs + pauseMs;
    this.#moreDueMs = nowMs + fewerHandlesMs;
    this.#max = Math.max(1, Math.min(this.#max, this.#options.open.size - sparedHandles));
  }

  /** Nobody waits for a handle any more: what was to give its own up goes on. */
  takeBack(): void {
    for (const file of this.#options.open) file.isYielding = false;
  }

  /** Files that were opened since may be what others waited for: these are looked at once more. */
  takeBackPostponed(): void {
    for (const [file, isFirst] of this.#postponed) {
      if (!isFirst) continue;
      this.#postponed.set(file, false);
      file.nextPollMs = 0;
    }
  }

  /** Closes the file that is idle for longest, or else has one give up its handle in time; false when none is free now. */
  async #freeOne(nowMs: number): Promise<boolean> {
    const idlest = this.#idlest();
    if (idlest === undefined) {
      this.#chooseToYield(nowMs);
      return false;
    }
    if (idlest.isYielding && (await idlest.deletedSize()) !== undefined) {
      // Since the last scan, and it could not be opened again.
      idlest.links = 0;
      idlest.isYielding = false;
      return false;
    }
    if (this.#isForNextStart(idlest)) this.#postpone(idlest);
    await this.#options.close(idlest);
    return true;
  }

  #idlest(): TrackedFile | undefined {
    const { open, isAtRest } = this.#options;
    let idlest: TrackedFile | undefined;
    for (const file of open) {
      const isFree = file.isYielding ? file.readOffset === file.ackedOffset : !file.hasUnread && isAtRest(file);
      if (!(isFree && (!file.isMissing || this.#mayLeave(file))) && !this.#isForNextStart(file)) continue;
      if (idlest === undefined || file.lastGrowthMs < idlest.lastGrowthMs) idlest = file;
    }
    return idlest;
  }

  /** Whether, at the end, a copy still waits to see what becomes of its original, or a gzip file that will be found again is not known yet. */
  #isForNextStart(file: TrackedFile): boolean {
    if (!this.#options.isAtEnd()) return false;
    return file.needsInspection ? file.links > 0 : !file.isMissing && this.#options.isWaiting(file);
  }

  #postpone(file: TrackedFile): void {
    file.nextPollMs = Number.POSITIVE_INFINITY;
    this.#postponed.set(file, !this.#postponed.has(file));
  }

  /** Whether a file that is gone and read is done with, at the end: unless its last line is to come without its end. */
  #mayLeave(file: TrackedFile): boolean {
    return this.#options.isAtEnd() && (file.links !== 0 || file.size <= file.readOffset);
  }

  /** Where all have work left, the one that has its handle for longest lets another one have its turn. */
  #chooseToYield(nowMs: number): void {
    let longest: TrackedFile | undefined;
    for (const file of this.#options.open) {
      if (file.isYielding && !file.isMissing) return;
      if (file.isMissing || file.links === 0 || file.isPending || nowMs - file.openedAtMs < turnMs) continue;
      if (longest === undefined || file.openedAtMs < longest.openedAtMs) longest = file;
    }
    if (longest !== undefined) longest.isYielding = true;
  }
}
