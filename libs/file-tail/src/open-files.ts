import type { Clock } from "@gatelog/pipeline";
import type { BatchEnds } from "./batch.ts";
import { systemCode } from "./errors.ts";
import type { FileSet } from "./file-set.ts";
import type { FileTailLimits } from "./limits.ts";
import type { LineCutter, LineWindow } from "./lines/line-cutter.ts";
import type { Registry } from "./registry.ts";
import type { Identity, TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent } from "./types.ts";

export interface OpenFilesOptions {
  readonly files: FileSet;
  readonly registry: Registry;
  readonly limits: FileTailLimits;
  readonly clock: Clock;
  readonly newGeneration: () => Uint8Array;
  readonly cutterOf: (input: string) => LineCutter;
  readonly onEvent?: OnFileTailEvent | undefined;
}

/** An open file, and what is to be taken from it. */
export interface ReadableFile {
  readonly file: TrackedFile;
  readonly state: LineWindow["state"];
}

/** How long a file that cannot be opened or read is left alone. */
const failedPauseMs = 1000;
/** How long new files wait after their generations could not be saved. */
const generationRetryMs = 1000;

/**
 * The files that are open, at most `openFilesMax`: opened when they have unread bytes, compared with what is known of
 * them, and held open through rename and deletion until they are read and acknowledged.
 */
export class OpenFiles {
  readonly #options: OpenFilesOptions;
  readonly #open = new Set<TrackedFile>();
  /** Files whose deletion was noticed while a line without an end stands in them. */
  readonly #ending = new Set<TrackedFile>();
  #generationsDueMs = 0;
  #nextPollMs = Number.POSITIVE_INFINITY;
  #sizeLimits: Map<TrackedFile, number> | undefined;

  constructor(options: OpenFilesOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  /** When the next open file is to be looked at. */
  get nextPollMs(): number {
    return this.#nextPollMs;
  }

  get backlogBytes(): number {
    let bytes = 0;
    for (const file of this.#options.files.values()) bytes += Math.max(0, file.size - file.ackedOffset);
    return bytes;
  }

  /** Open files with something to take, and a generation that is on disk. */
  readable(): ReadableFile[] {
    const nowMs = this.#options.clock.monotonicMs();
    const files: ReadableFile[] = [];
    for (const file of this.#open) {
      if (file.generation === undefined) continue;
      if (file.hasUnread) files.push({ file, state: "growing" });
      else if (this.#ending.has(file)) files.push({ file, state: "final" });
      else if (file.isPending && nowMs >= this.#idleDueMs(file)) files.push({ file, state: "idle" });
    }
    return files;
  }

  /** Opens what has unread bytes, as far as handles allow, and fixes the generations of new files before they are read. */
  async prepare(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    for (const file of this.#options.files.values()) {
      if (file.handle === undefined && this.#isWorthOpening(file) && file.nextPollMs <= nowMs) await this.#openFile(file);
    }
    const fresh = [...this.#open].filter((file) => file.generation === undefined && file.size > 0);
    if (fresh.length > 0 && nowMs >= this.#generationsDueMs) await this.#fixGenerations(fresh);
  }

  /** Looks at the open files that are due, or that `isHinted` names. */
  async poll(isHinted: (file: TrackedFile) => boolean): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    this.#nextPollMs = Number.POSITIVE_INFINITY;
    for (const file of this.#open) {
      if (file.nextPollMs <= nowMs || isHinted(file)) await this.#pollFile(file, nowMs);
      this.#nextPollMs = Math.min(this.#nextPollMs, file.nextPollMs, file.isPending ? this.#idleDueMs(file) : Number.POSITIVE_INFINITY);
    }
  }

  /** Moves the offsets of an acknowledged batch. What belongs to a generation that is over is ignored. */
  acknowledge(ends: BatchEnds): void {
    for (const [file, { generation, nextOffset, tail }] of ends) {
      if (file.generation !== generation) continue;
      file.ackedOffset = nextOffset;
      file.ackedTail = tail;
      this.#options.registry.put(file.entry);
    }
  }

  /** Closes what did not grow for long, and what is gone and done with. */
  async closeIdle(): Promise<void> {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const file of this.#open) {
      const idleMs = nowMs - file.lastGrowthMs;
      if (file.hasUnread || file.readOffset !== file.ackedOffset || this.#ending.has(file)) continue;
      if (file.isMissing && idleMs >= limits.closeRemovedMs) await this.#closeMissing(file);
      else if (!file.isMissing && idleMs >= limits.closeInactiveMs) await this.#close(file, "inactive");
    }
    for (const file of this.#options.files.values()) if (file.isMissing && file.handle === undefined) this.#forgetLost(file);
  }

  /** Says that a file was read as far as anything can be taken from it in this state. */
  exhausted(file: TrackedFile, state: LineWindow["state"]): void {
    if (state === "final") this.#ending.delete(file);
    if (state === "idle") file.isPending = false;
  }

  /** Ends every deleted file whose complete lines are read; true when there is a last line to take. */
  async endDeleted(): Promise<boolean> {
    for (const file of this.#open) {
      if (file.hasUnread || file.size <= file.readOffset || file.generation === undefined || this.#ending.has(file)) continue;
      await this.#tryRead(file, async () => {
        if (await file.isDeleted()) this.#ending.add(file);
      });
    }
    return this.#ending.size > 0;
  }

  /** From now on nothing is read that was not there now. */
  limitToPresent(): void {
    this.#sizeLimits = new Map([...this.#options.files.values()].map((file) => [file, file.size]));
  }

  async closeFailed(file: TrackedFile): Promise<void> {
    file.nextPollMs = this.#options.clock.monotonicMs() + failedPauseMs;
    this.#open.delete(file);
    await file.close();
  }

  async closeAll(): Promise<void> {
    for (const file of this.#open) await file.close();
    this.#open.clear();
  }

  /** When what waits for the next line waits no longer; soon where the file was rotated away, for then hardly anything follows. */
  #idleDueMs(file: TrackedFile): number {
    const { cutterOf, limits } = this.#options;
    const flushMs = cutterOf(file.input).idleFlushMs ?? 0;
    return file.lastGrowthMs + (file.isMissing ? Math.min(flushMs, limits.closeRemovedMs) : flushMs);
  }

  #isWorthOpening(file: TrackedFile): boolean {
    // Smaller than what was read of it: truncated, which opening it will find.
    return !file.isMissing && (!file.isVerified || file.size !== Math.max(file.readOffset, file.searchedTo));
  }

  async #openFile(file: TrackedFile): Promise<void> {
    if (this.#open.size >= this.#options.limits.openFilesMax && !(await this.#freeHandle())) return;
    try {
      const identity = await file.open();
      if (identity === "otherFile") return;
      this.#open.add(file);
      file.nextPollMs = 0;
      this.#limitSize(file);
      this.#settleIdentity(file, identity);
    } catch (error) {
      // Gone since the scan, which the next scan will say.
      if (systemCode(error) !== "ENOENT") this.#options.onEvent?.({ type: "readFailed", path: file.path, error });
      await this.closeFailed(file);
    }
  }

  /** Closes the file that is idle for longest; false when all have work left. */
  async #freeHandle(): Promise<boolean> {
    let idlest: TrackedFile | undefined;
    for (const file of this.#open) {
      if (file.hasUnread || file.isMissing || file.readOffset !== file.ackedOffset) continue;
      if (idlest === undefined || file.lastGrowthMs < idlest.lastGrowthMs) idlest = file;
    }
    if (idlest === undefined) return false;
    await this.#close(idlest, "handles");
    return true;
  }

  async #fixGenerations(fresh: readonly TrackedFile[]): Promise<void> {
    const { registry, newGeneration } = this.#options;
    const fixed: { file: TrackedFile; generation: string }[] = [];
    for (const file of fresh) {
      const generation = Buffer.from(newGeneration()).toString("hex");
      await this.#tryRead(file, () => file.growFingerprint());
      const { input, path, device, inode, fingerprint } = file;
      registry.put({ generation, input, path, device, inode, fingerprint, offset: 0 });
      fixed.push({ file, generation });
    }
    try {
      await registry.sync();
    } catch {
      // The registry told of it. Without a generation on disk nothing of these files may leave; they wait.
      for (const { generation } of fixed) registry.drop(generation);
      this.#generationsDueMs = this.#options.clock.monotonicMs() + generationRetryMs;
      return;
    }
    for (const { file, generation } of fixed) file.generation = generation;
  }

  async #pollFile(file: TrackedFile, nowMs: number): Promise<void> {
    const { limits } = this.#options;
    const sizeBefore = file.size;
    await this.#tryRead(file, async () => {
      const identity = await file.poll();
      const hasGrown = file.size > sizeBefore || file.hasUnread;
      this.#limitSize(file);
      this.#settleIdentity(file, identity === "same" && !file.isVerified ? await file.verify() : identity);
      if (hasGrown && file.generation !== undefined && (await file.growFingerprint())) this.#options.registry.put(file.entry);
      if (hasGrown) file.lastGrowthMs = nowMs;
      file.pollDelayMs = hasGrown
        ? limits.pollIntervalMsMin
        : Math.min(limits.pollIntervalMsMax, Math.max(limits.pollIntervalMsMin, file.pollDelayMs * 2));
      file.nextPollMs = nowMs + file.pollDelayMs;
    });
  }

  /** What is no longer the known content begins a new generation, whose offset is 0. */
  #settleIdentity(file: TrackedFile, identity: Identity): void {
    const { registry, onEvent } = this.#options;
    if (identity === "same") return;
    if (identity === "truncated") onEvent?.({ type: "fileTruncated", path: file.path, offset: file.readOffset, size: file.size });
    else onEvent?.({ type: "fileReplaced", path: file.path });
    if (file.generation !== undefined) registry.drop(file.generation);
    file.startGeneration(undefined);
  }

  #limitSize(file: TrackedFile): void {
    const limit = this.#sizeLimits?.get(file);
    if (this.#sizeLimits !== undefined) file.size = Math.min(file.size, limit ?? 0);
  }

  async #tryRead(file: TrackedFile, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.onEvent?.({ type: "readFailed", path: file.path, error });
      await this.closeFailed(file);
    }
  }

  async #closeMissing(file: TrackedFile): Promise<void> {
    if (file.size > file.readOffset && file.generation !== undefined && (await file.isDeleted())) {
      this.#ending.add(file);
      return;
    }
    await this.#close(file, "removed");
    this.#forgetLost(file);
  }

  async #close(file: TrackedFile, reason: "inactive" | "removed" | "handles"): Promise<void> {
    this.#open.delete(file);
    await file.close();
    this.#options.onEvent?.({ type: "fileClosed", path: file.path, reason });
  }

  #forgetLost(file: TrackedFile): void {
    this.#options.files.forget(file);
    if (file.size > file.ackedOffset)
      this.#options.onEvent?.({ type: "fileLost", path: file.path, unreadBytes: file.size - file.ackedOffset });
  }
}
