import type { Clock } from "@gatelog/pipeline";
import type { BatchEnds } from "./batch.ts";
import { closeReasonOf } from "./closing.ts";
import { CompressedFile } from "./compressed-file.ts";
import { systemCode } from "./errors.ts";
import type { FileSet } from "./file-set.ts";
import { HandleTurns, noHandles } from "./handle-turns.ts";
import { Inspections } from "./inspections.ts";
import type { FileTailLimits } from "./limits.ts";
import type { LineCutter, LineWindow } from "./lines/line-cutter.ts";
import type { LooseGenerations } from "./loose-generations.ts";
import { Newcomers } from "./newcomers.ts";
import type { Registry } from "./registry.ts";
import type { Identity, TrackedFile } from "./tracked-file.ts";
import type { CloseReason, OnFileTailEvent } from "./types.ts";

export interface OpenFilesOptions {
  readonly files: FileSet;
  readonly loose: LooseGenerations;
  readonly registry: Registry;
  readonly limits: FileTailLimits;
  readonly clock: Clock;
  readonly newGeneration: () => Uint8Array;
  readonly cutterOf: (input: string) => LineCutter;
  /** The content of a file ended: its copy, if there is one, is to be found soon. */
  readonly onEnded: () => void;
  /** Something is to be done that nobody waits for. */
  readonly onDue: () => void;
  readonly onEvent?: OnFileTailEvent | undefined;
}

/** An open file, and what is to be taken from it. */
export interface ReadableFile {
  readonly file: TrackedFile;
  readonly state: LineWindow["state"];
}

/** How long a file that cannot be opened or read is left alone, and all of them when there are no handles; doubles up to the largest. */
const failedPauseMs = 1000;
const failedPauseMsMax = 60_000;
/** Files that may fail to open before those that are open are read again. */
const failedOpensMax = 16;

/**
 * The files that are open, at most `openFilesMax`: opened when they have unread bytes, compared with what is known of
 * them, and held open through rename and deletion until they are read and acknowledged.
 */
export class OpenFiles {
  readonly #options: OpenFilesOptions;
  readonly #newcomers: Newcomers;
  readonly #inspections: Inspections;
  readonly #handles: HandleTurns;
  readonly #open = new Set<TrackedFile>();
  /** Files that were deleted, or end otherwise, while a line without an end stands in them. */
  readonly #ending = new Set<TrackedFile>();
  /** When a closed file may be opened that was left alone, or not come to, at the last look. */
  #nextOpenMs = Number.POSITIVE_INFINITY;
  #sizeLimits: Map<TrackedFile, number> | undefined;
  /** Deleted files that are read further than they reached when the end began. */
  readonly #admitted = new Set<TrackedFile>();
  /** Whether a file was opened since it was asked last. */
  #hasOpened = false;

  constructor(options: OpenFilesOptions) {
    this.#options = options;
    this.#newcomers = new Newcomers(options);
    this.#handles = new HandleTurns({
      openFilesMax: options.limits.openFilesMax,
      open: this.#open,
      isAtRest: (file) => this.#isAtRest(file),
      isWaiting: (file) => this.#newcomers.isWaiting(file),
      isAtEnd: () => this.#sizeLimits !== undefined,
      close: (file) => this.close(file, "handles"),
    });
    const originalsOf = (file: TrackedFile) => this.#newcomers.originalsOf(file);
    this.#inspections = new Inspections({ ...options, originalsOf, onEnded: options.onDue });
  }

  get count(): number {
    return this.#open.size;
  }

  get pendingCopies(): number {
    return this.#newcomers.waitingCount;
  }

  /** Files that were deleted and are held open, oldest first. */
  get deleted(): TrackedFile[] {
    return [...this.#open].filter((file) => file.links === 0).sort((a, b) => a.lastGrowthMs - b.lastGrowthMs);
  }

  /** When the next file is to be looked at, or opened. */
  get nextPollMs(): number {
    let nextMs = this.#nextOpenMs;
    for (const file of this.#open) nextMs = Math.min(nextMs, file.nextPollMs);
    return nextMs;
  }

  /** When the next file is to be taken from whose last lines wait for what follows them. */
  get nextFlushMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const file of this.#open) if (file.isPending && isTakenFrom(file)) nextMs = Math.min(nextMs, this.#idleDueMs(file));
    return nextMs;
  }

  /** Looks at every file: for whoever asks now and then. */
  get backlogBytes(): number {
    let bytes = this.#options.loose.underWayBytes;
    for (const file of this.#options.files.values()) {
      if (!this.#newcomers.isWaiting(file)) bytes += file.backlogBytes;
    }
    return bytes;
  }

  /** Whether something waits to be opened, looked at or flushed that may be; looks at the open files alone. */
  get hasWork(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    for (const file of this.#options.files.wanted) if (file.nextPollMs <= nowMs) return true;
    for (const file of this.#open)
      if (file.isPending || file.needsInspection || file.needsGeneration || this.#ending.has(file)) return true;
    return this.pendingCopies > 0;
  }

  /** Open files with something to take, and a generation that is on disk. */
  readable(): ReadableFile[] {
    const nowMs = this.#options.clock.monotonicMs();
    const files: ReadableFile[] = [];
    for (const file of this.#open) {
      if (!isTakenFrom(file)) continue;
      if (file.hasUnread) files.push({ file, state: "growing" });
      else if (this.#ending.has(file) || (file.isFinal && file.size > file.readOffset)) files.push({ file, state: "final" });
      else if (file.isPending && nowMs >= this.#idleDueMs(file)) files.push({ file, state: "idle" });
    }
    return files;
  }

  /** Opens what has unread bytes, as far as handles allow, and says what new files are before they are read. */
  async prepare(): Promise<void> {
    if (await this.#openWanted()) this.#handles.takeBack();
    await this.#inspect();
    const fresh: TrackedFile[] = [];
    for (const file of this.#open) if (file.needsGeneration) fresh.push(file);
    if (fresh.length > 0) await this.#newcomers.settle(fresh, (file, error) => this.#fail(file, error));
    await this.#saveHeads();
  }

  /** What files are known by is on disk before more of them is handed on, all of them together. */
  async #saveHeads(): Promise<void> {
    const unsaved: TrackedFile[] = [];
    for (const file of this.#open) if (file.isUnsaved && file.generation !== undefined) unsaved.push(file);
    if (unsaved.length === 0) return;
    // The registry told why it cannot be written, and goes on in memory.
    await this.#options.registry.sync().catch(() => {});
    for (const file of unsaved) file.isUnsaved = false;
  }

  /** False when a file waits for a handle, or for the next look. */
  async #openWanted(): Promise<boolean> {
    const nowMs = this.#options.clock.monotonicMs();
    this.#nextOpenMs = Number.POSITIVE_INFINITY;
    // First what did not fail so far.
    const canGoOn = (await this.#openThose((file) => file.failures === 0, nowMs)) && (await this.#openThose(() => true, nowMs));
    for (const file of this.#options.files.wanted)
      if (file.nextPollMs > nowMs) this.#nextOpenMs = Math.min(this.#nextOpenMs, file.nextPollMs);
    return canGoOn;
  }

  async #openThose(isMeant: (file: TrackedFile) => boolean, nowMs: number): Promise<boolean> {
    let failuresLeft = this.#sizeLimits === undefined ? failedOpensMax : Number.POSITIVE_INFINITY;
    for (const file of this.#options.files.wanted) {
      if (nowMs < this.#handles.dueMs) {
        this.#nextOpenMs = this.#handles.dueMs;
        return false;
      }
      if (file.nextPollMs > nowMs || !isMeant(file)) continue;
      if (failuresLeft === 0) {
        this.#nextOpenMs = nowMs;
        return false;
      }
      if (!(await this.#handles.free(nowMs))) return false;
      await this.#openFile(file, nowMs);
      if (file.failures > 0) failuresLeft -= 1;
    }
    return true;
  }

  /** Looks at the open files that are due, or that `isHinted` names. */
  async poll(isHinted: (file: TrackedFile) => boolean): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    for (const file of this.#open) {
      // What waits for its next line is handed on only after a look whether that came.
      const isFlushDue = file.isPending && this.#idleDueMs(file) <= nowMs;
      if (isFlushDue || file.nextPollMs <= nowMs || isHinted(file)) await this.#pollFile(file, nowMs);
    }
  }

  /** Moves the offsets of an acknowledged batch. What belongs to a generation that was forgotten is ignored. */
  acknowledge(ends: BatchEnds): void {
    const { loose, registry, onEvent } = this.#options;
    for (const [file, end] of ends) {
      if (loose.acknowledge(end) || file.generation !== end.generation) continue;
      file.ackedOffset = end.nextOffset;
      file.ackedTail = end.tail;
      registry.put(file.entry);
      if (file.isFinal && file.isDelivered)
        onEvent?.({ type: "compressedFinished", path: file.path, bytes: file.size - file.openedOffset });
    }
  }

  /** Closes what did not grow for long, and what is gone and done with. */
  async closeIdle(): Promise<void> {
    const { clock, limits, files } = this.#options;
    const closingLimits = { ...limits, nowMs: clock.monotonicMs() };
    for (const file of this.#open) {
      if (!this.#isAtRest(file)) continue;
      const reason = closeReasonOf(file, files.inputs.of(file), closingLimits);
      if (reason === undefined || (file.isMissing && (await this.#endIfDeleted(file)))) continue;
      await this.close(file, reason);
    }
    this.forgetGone();
    await this.#giveUpDeleted();
  }

  /** What is gone and not held open cannot be looked at any more: another file may hold its rest. */
  forgetGone(): void {
    const { files } = this.#options;
    for (const file of files.missing) if (file.handle === undefined) files.forget(file);
  }

  /** Says that a file was read as far as anything can be taken from it in this state. */
  exhausted(file: TrackedFile, state: LineWindow["state"]): void {
    if (state === "final") this.#ending.delete(file);
    if (state === "idle") file.isPending = false;
  }

  /** At the end, takes deleted files to where they end: what came since it began, then their last lines. True when there is something to take. */
  async endDeleted(): Promise<boolean> {
    const admittedBefore = this.#admitted.size;
    for (const file of this.#open) {
      if (file.hasUnread || this.#ending.has(file)) continue;
      await this.#tryRead(file, () => this.#endIfDeleted(file));
    }
    return this.#ending.size > 0 || this.#admitted.size > admittedBefore;
  }

  /**
   * Looks again at files that were found to hold something else than was known, when they were read, and at what waits for files that were
   * opened since; true when there may be something to take.
   */
  async lookAgain(): Promise<boolean> {
    const hasOpened = this.#hasOpened;
    this.#hasOpened = false;
    if (hasOpened) this.#newcomers.hurry();
    if (hasOpened) this.#handles.takeBackPostponed();
    const doubtful = [...this.#open].filter((file) => !file.isVerified && !file.isFinal);
    for (const file of doubtful) await this.#pollFile(file, this.#options.clock.monotonicMs());
    // What stays doubtful is the next start's, or a stop would never end.
    return hasOpened || doubtful.some((file) => file.isVerified);
  }

  /** From now on nothing is read that was not there now. */
  limitToPresent(): void {
    this.#sizeLimits = new Map([...this.#options.files.values()].map((file) => [file, file.size]));
  }

  /** Opens a file at once, if a handle is free. */
  async openNow(file: TrackedFile): Promise<boolean> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#handles.dueMs || !(await this.#handles.free(nowMs))) return false;
    await this.#openFile(file, nowMs);
    return file.handle !== undefined;
  }

  async closeFailed(file: TrackedFile): Promise<void> {
    file.failures += 1;
    await this.#releaseFor(file, Math.min(failedPauseMsMax, failedPauseMs * 2 ** (file.failures - 1)));
  }

  async #releaseFor(file: TrackedFile, pauseMs: number): Promise<void> {
    file.nextPollMs = this.#options.clock.monotonicMs() + pauseMs;
    this.#nextOpenMs = Math.min(this.#nextOpenMs, file.nextPollMs);
    await this.#release(file);
  }

  async close(file: TrackedFile, reason: CloseReason): Promise<void> {
    await this.#release(file);
    this.#options.onEvent?.({ type: "fileClosed", path: file.path, reason });
    if (file.isMissing) this.#options.files.forget(file);
  }

  async closeAll(): Promise<void> {
    // What is lost of them, should they be gone by the next start.
    for (const file of this.#options.files.values())
      if (file.generation !== undefined && file.backlogBytes > 0) this.#options.registry.put(file.entry);
    for (const file of this.#open) await file.close();
    this.#open.clear();
  }

  /** Whether nothing of it is to be taken, waits, or is under way. */
  #isAtRest(file: TrackedFile): boolean {
    if (file.hasUnread || file.needsInspection) return false;
    return file.readOffset === file.ackedOffset && !file.isPending && !this.#ending.has(file) && !this.#newcomers.isWaiting(file);
  }

  /** Looks at the gzip files that are open, one after the other, and takes what came of it. */
  async #inspect(): Promise<void> {
    for (const file of this.#open) {
      if (!(file instanceof CompressedFile)) continue;
      const outcome = file.takeOutcome();
      if (outcome === undefined) {
        if (file.needsInspection && !file.isInspecting) this.#inspections.start(file);
      } else if (outcome.error === undefined && file.isCopyOfPresent) {
        await this.close(file, "copy");
      } else if (outcome.error === undefined) {
        this.#limitSize(file);
        if (file.generation !== undefined) await this.#tryRead(file, async () => this.#settleIdentity(file, await file.verify()));
      } else {
        this.#inspections.noteFailure(file, outcome.error);
        await this.#release(file);
      }
    }
  }

  /**
   * When what waits for the next line waits no longer; soon where the file was rotated away, for then hardly anything follows. At the end it
   * is handed on at once, for the next start may not find it again; of what was deleted it comes with the last line.
   */
  #idleDueMs(file: TrackedFile): number {
    if (this.#sizeLimits !== undefined && file.isMissing && file.links > 0) return Number.NEGATIVE_INFINITY;
    const { cutterOf, limits } = this.#options;
    const flushMs = cutterOf(file.input).idleFlushMs ?? 0;
    return file.lastGrowthMs + (file.isMissing ? Math.min(flushMs, limits.closeRemovedMs) : flushMs);
  }

  async #openFile(file: TrackedFile, nowMs: number): Promise<void> {
    const { files } = this.#options;
    try {
      const identity = await file.open();
      // Something else by now, which the next scan will say.
      if (identity === "otherFile") file.nextPollMs = nowMs + failedPauseMs;
      if (identity === "otherFile") return;
      this.#open.add(file);
      this.#hasOpened = true;
      files.consider(file);
      file.openedAtMs = nowMs;
      file.openedOffset = file.readOffset;
      // Nobody looked while it was closed: what is there may have come just now.
      if (file.hasUnread) file.lastGrowthMs = nowMs;
      file.nextPollMs = 0;
      this.#limitSize(file);
      this.#settleIdentity(file, identity);
      await this.#learn(file);
      file.failures = 0;
    } catch (error) {
      await this.#failToOpen(file, error, nowMs);
    }
  }

  async #failToOpen(file: TrackedFile, error: unknown, nowMs: number): Promise<void> {
    const code = systemCode(error) ?? "";
    // Gone since the scan, which the next scan will say.
    if (code !== "ENOENT") this.#options.onEvent?.({ type: "readFailed", path: file.path, error });
    if (noHandles.has(code)) this.#handles.makeDoWithFewer(nowMs);
    if (code === "ENOENT" || noHandles.has(code)) await this.#releaseFor(file, failedPauseMs);
    else await this.closeFailed(file);
  }

  /** Takes more of what the file is known by: after it was found to be the same one, or grew. */
  async #learn(file: TrackedFile): Promise<void> {
    if (file.generation === undefined || file.handle === undefined) return;
    if (file.ackedTail === undefined && file.ackedOffset > 0 && !file.isFinal) await this.#beginAtLineStart(file);
    const hasLearnt = [await file.growFingerprint(), await file.learnTail()].includes(true);
    const known = this.#options.registry.get(file.generation);
    if (hasLearnt || known?.path !== file.path) this.#options.registry.put(file.entry);
  }

  /** Nobody looked at what was skipped: its last line may not have been ended. */
  async #beginAtLineStart(file: TrackedFile): Promise<void> {
    const { cutterOf, limits } = this.#options;
    const start = await file.lineStartBefore(file.ackedOffset, cutterOf(file.input), limits.lineBytesMax);
    if (start < file.ackedOffset && file.readOffset === file.ackedOffset) await file.skipTo(start);
  }

  async #pollFile(file: TrackedFile, nowMs: number): Promise<void> {
    const { limits } = this.#options;
    const sizeBefore = file.size;
    await this.#tryRead(file, async () => {
      const identity = await file.poll();
      const hasGrown = file.size > sizeBefore || file.hasUnread;
      this.#limitSize(file);
      this.#settleIdentity(file, identity === "same" && !file.isVerified ? await file.verify() : identity);
      if (hasGrown) await this.#learn(file);
      if (file.size > sizeBefore || (hasGrown && file.generation !== undefined)) file.lastGrowthMs = nowMs;
      file.pollDelayMs = hasGrown
        ? limits.pollIntervalMsMin
        : Math.min(limits.pollIntervalMsMax, Math.max(limits.pollIntervalMsMin, file.pollDelayMs * 2));
      file.nextPollMs = nowMs + file.pollDelayMs;
    });
  }

  /** What is no longer the known content begins a new generation, whose offset is 0. */
  #settleIdentity(file: TrackedFile, identity: Identity): void {
    const { loose, onEvent, onEnded } = this.#options;
    if (identity === "same") return;
    if (identity === "truncated") onEvent?.({ type: "fileTruncated", path: file.path, offset: file.readOffset, size: file.size });
    else onEvent?.({ type: "fileReplaced", path: file.path });
    // Of a replaced file nobody knows which of the other sizes that were seen were its own.
    loose.end(file, identity === "truncated" ? file.seenSize : Math.max(file.ownSize, file.readOffset));
    if (file instanceof CompressedFile) file.forgetInspection();
    this.#newcomers.hurry();
    onEnded();
  }

  #limitSize(file: TrackedFile): void {
    const limit = this.#sizeLimits?.get(file);
    if (this.#sizeLimits !== undefined) file.size = Math.min(file.size, limit ?? 0);
  }

  async #tryRead(file: TrackedFile, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.#fail(file, error);
    }
  }

  async #fail(file: TrackedFile, error: unknown): Promise<void> {
    this.#options.onEvent?.({ type: "readFailed", path: file.path, error });
    await this.closeFailed(file);
  }

  /** True when more is to be taken: what is not read yet, or a last line without its end, for nothing will ever follow it. */
  async #endIfDeleted(file: TrackedFile): Promise<boolean> {
    const deletedSize = await file.deletedSize();
    if (deletedSize !== undefined) this.#admit(file, deletedSize);
    // What is there now, for what was added after the last look is not to be taken for a line of its own.
    await this.#pollFile(file, this.#options.clock.monotonicMs());
    if (file.handle === undefined || file.hasUnread) return true;
    if (deletedSize === undefined || file.size <= file.readOffset || file.generation === undefined) return false;
    // At the end more may stand there than is read.
    if (deletedSize > file.size && !file.isFinal) return false;
    this.#ending.add(file);
    return true;
  }

  /** What was deleted since the end began is not found by the next start: once, it is read to where it ends now. */
  #admit(file: TrackedFile, size: number): void {
    if (this.#sizeLimits === undefined || this.#admitted.has(file)) return;
    this.#admitted.add(file);
    // Of a compressed one that is not what it holds.
    this.#sizeLimits.set(file, file.isFinal ? Number.POSITIVE_INFINITY : size);
  }

  /** Deleted files that are held open fill the disk while nothing can be delivered: over the bound they are given up, and told as lost. */
  async #giveUpDeleted(): Promise<void> {
    const { deletedBytesMax } = this.#options.limits;
    if (deletedBytesMax === 0) return;
    const files = this.deleted;
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const file of files) {
      if (bytes <= deletedBytesMax) return;
      bytes -= file.size;
      await this.close(file, "deletedBytes");
    }
  }

  async #release(file: TrackedFile): Promise<void> {
    this.#open.delete(file);
    this.#ending.delete(file);
    this.#newcomers.forget(file);
    file.isYielding = false;
    await file.close();
    this.#options.files.consider(file);
  }
}

/** Whether it is its turn, and what it is known by is on disk. What is gone keeps its handle, for it could not be opened again. */
function isTakenFrom({ generation, isUnsaved, isYielding, isMissing }: TrackedFile): boolean {
  return generation !== undefined && !isUnsaved && (!isYielding || isMissing);
}
