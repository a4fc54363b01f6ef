import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { backOff, type Clock, systemClock } from "@gatelog/pipeline";
import { ReadBatch } from "./batch.ts";
import { DeliveredFiles } from "./delivered-files.ts";
import { Deliveries, type DeliverLines } from "./deliveries.ts";
import { FileSet } from "./file-set.ts";
import { DirectoryHints } from "./hint.ts";
import { defaultLimits, type FileTailLimits } from "./limits.ts";
import { createLineCutter } from "./lines/create-line-cutter.ts";
import type { CutCounts, LineCutter, OverlongLine } from "./lines/line-cutter.ts";
import { messageOf } from "./errors.ts";
import { OpenFiles, type ReadableFile } from "./open-files.ts";
import { readLines, turnBytesOf } from "./read-lines.ts";
import { LooseGenerations } from "./loose-generations.ts";
import { Registry } from "./registry.ts";
import { Strays } from "./strays.ts";
import type { OnFileTailEvent, TailInput } from "./types.ts";
import { Wake } from "./wake.ts";

export interface FileTailOptions {
  readonly inputs: readonly TailInput[];
  /** Where offsets and generations are kept; locked, one tail per directory. */
  readonly registryDir: string;
  readonly limits?: Partial<FileTailLimits>;
  /** False reads by polling alone. Default true. */
  readonly hints?: boolean;
  readonly clock?: Clock;
  /** 16 random bytes for a new generation. */
  readonly newGeneration?: () => Uint8Array;
  readonly onEvent?: OnFileTailEvent;
}

export interface FileTailStatus {
  readonly files: number;
  readonly openFiles: number;
  /** Complete looks at all directories since the start, after each of which what it found was opened as far as handles allow. */
  readonly scans: number;
  /** Bytes on disk that are not yet acknowledged. */
  readonly backlogBytes: number;
  /** Files that were found and are not read, for the registry has no room for them. */
  readonly waitingFiles: number;
  /** Files that may be copies of others, and wait to see what becomes of those. */
  readonly pendingCopies: number;
  /** Generations that lost their files, and may be found again in a copy. */
  readonly looseGenerations: number;
  /** Files that were deleted and are held open until they are delivered, and their bytes. */
  readonly deletedOpenFiles: number;
  readonly deletedOpenBytes: number;
  /** What happened to lines since the start, over all inputs. */
  readonly lines: Readonly<CutCounts>;
  /** Why the registry is not on disk, or has no room for further files. */
  readonly registryProblem?: string;
  /** Why not everything could be looked at. */
  readonly scanProblem?: string;
  /** Why a pass failed that is tried again: something unforeseen. */
  readonly passProblem?: string;
  /** After `stop`: whether something that was read was given up, so that a next start sends it. */
  readonly hasUndelivered: boolean;
}

/** Lines of growing files. */
export interface FileTail {
  /** **Errors**: GATELOG_FILE_TAIL_LOCKED, _REGISTRY_DIRECTORY, _REGISTRY_VERSION, _PATTERN, _LINES. */
  start(deliver: DeliverLines): Promise<void>;
  /**
   * Resolves when everything that was there when it was called is read and acknowledged; files that cannot be opened are not waited for.
   * What is written meanwhile may be waited for too. Resolves at `stop` in any case.
   */
  readToEnd(): Promise<void>;
  /** Reads to where the files end now, waits until all of it is acknowledged or given up, and saves the registry. */
  stop(): Promise<void>;
  status(): FileTailStatus;
}

/**
 * Reads every line of the files that the inputs name, once, through rename rotation, truncation, deletion, inode reuse
 * and restarts.
 *
 * **Guarantee**: at-least-once: an offset moves only after `deliver` resolved, in order per file; a line that is handed on
 * again has the same generation and offset. `stop` reads to the end, waits for what is under way and saves the registry.
 * **Errors** of `start`: GATELOG_FILE_TAIL_LOCKED, _REGISTRY_DIRECTORY, _REGISTRY_VERSION; of `stop`: _REGISTRY_WRITE.
 */
export function createFileTail(options: FileTailOptions): FileTail {
  return new FileTailSource(options);
}

/** Hinted paths that are remembered; more than these mean that all files are looked at. */
const hintsMax = 1024;

/** What there is while it runs. */
interface Parts {
  readonly files: FileSet;
  readonly open: OpenFiles;
  readonly loose: LooseGenerations;
  readonly strays: Strays;
  readonly delivered: DeliveredFiles;
  readonly deliveries: Deliveries;
  readonly hints: DirectoryHints | undefined;
  readonly cutters: ReadonlyMap<string, LineCutter>;
  readonly batch: ReadBatch;
}

class FileTailSource implements FileTail {
  readonly #options: FileTailOptions;
  readonly #limits: FileTailLimits;
  readonly #clock: Clock;
  readonly #wake: Wake;
  readonly #hinted = new Set<string>();
  #registry: Registry | undefined;
  #parts: Parts | undefined;
  #running: Promise<void> | undefined;
  #stopping = false;
  #scanDueMs = 0;
  /** When the next scan may be, if a hint asks for it. */
  #hintedScanDueMs = 0;
  #turn = 0;
  #scans = 0;
  #backlogBytes = 0;
  #hasUndelivered = false;
  #passProblem: string | undefined;
  #endWaiters: { readonly scans: number; readonly resolve: () => void }[] = [];

  constructor(options: FileTailOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#clock = options.clock ?? systemClock;
    this.#wake = new Wake(this.#clock);
  }

  async start(deliver: DeliverLines): Promise<void> {
    const { registryDir, onEvent } = this.#options;
    const cutters = this.#createCutters();
    const registry = await Registry.open({ dir: registryDir, flushMs: this.#limits.registryFlushMs, onEvent });
    this.#registry = registry;
    try {
      this.#parts = this.#wire(deliver, registry, cutters);
    } catch (error) {
      await registry.close();
      throw error;
    }
    this.#running = this.#run();
  }

  #wire(deliver: DeliverLines, registry: Registry, cutters: ReadonlyMap<string, LineCutter>): Parts {
    const { registryDir, onEvent, inputs, newGeneration = () => randomBytes(16) } = this.#options;
    const shared = { registry, limits: this.#limits, clock: this.#clock, onEvent };
    const loose = new LooseGenerations(shared);
    const files = new FileSet({ ...shared, loose, newGeneration, inputs, excluded: [join(registryDir, "**")] });
    const cutterOf = (input: string) => this.#cutterOf(cutters, input);
    const open = new OpenFiles({
      ...shared,
      files,
      loose,
      newGeneration,
      cutterOf,
      onEnded: () => (this.#scanDueMs = 0),
      onDue: () => this.#wake.call(),
    });
    const strays = new Strays({ ...shared, files, loose, open, cutterOf });
    const delivered = new DeliveredFiles({ ...shared, files, open });
    const deliveries = new Deliveries({
      deliver,
      max: this.#limits.deliveriesMax,
      aheadBytesMax: this.#limits.aheadBytesMax,
      onAcked: (ends) => open.acknowledge(ends),
      onSettled: () => this.#wake.call(),
    });
    const batch = this.#createBatch(cutters);
    const hints = this.#options.hints === false ? undefined : this.#watch(files);
    return { files, open, loose, strays, delivered, deliveries, hints, cutters, batch };
  }

  readToEnd(): Promise<void> {
    if (this.#stopping) return Promise.resolve(this.#running);
    this.#scanDueMs = 0;
    this.#wake.call();
    // A scan that is under way may have passed what is there now.
    return new Promise((resolve) => this.#endWaiters.push({ scans: this.#scans + 2, resolve }));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake.call();
    try {
      await this.#running;
    } finally {
      await this.#close();
    }
  }

  /** Whatever failed before, what is acknowledged is saved, and the directory is free for the next one. */
  async #close(): Promise<void> {
    const parts = this.#parts;
    if (parts === undefined) return;
    parts.hints?.close();
    await parts.deliveries.settled();
    this.#parts = undefined;
    this.#backlogBytes = parts.open.backlogBytes;
    try {
      await parts.open.closeAll();
    } finally {
      await this.#registry?.close();
    }
  }

  status(): FileTailStatus {
    const parts = this.#parts;
    const waitingFiles = parts?.files.waiting ?? 0;
    const { filesMax } = this.#limits;
    const fullProblem = waitingFiles > 0 ? `it holds ${filesMax} files (limits.filesMax), and ${waitingFiles} wait` : undefined;
    const registryProblem = this.#registry?.problem ?? fullProblem;
    const scanProblem = parts?.files.problem;
    const deleted = parts?.open.deleted ?? [];
    return {
      files: parts?.files.size ?? 0,
      openFiles: parts?.open.count ?? 0,
      scans: this.#scans,
      backlogBytes: parts?.open.backlogBytes ?? this.#backlogBytes,
      waitingFiles,
      pendingCopies: parts?.open.pendingCopies ?? 0,
      looseGenerations: parts?.loose.size ?? 0,
      deletedOpenFiles: deleted.length,
      deletedOpenBytes: deleted.reduce((sum, { size }) => sum + size, 0),
      lines: sumOf([...(parts?.cutters.values() ?? [])].map(({ counts }) => counts)),
      hasUndelivered: this.#hasUndelivered,
      ...(registryProblem === undefined ? {} : { registryProblem }),
      ...(scanProblem === undefined ? {} : { scanProblem }),
      ...(this.#passProblem === undefined ? {} : { passProblem: this.#passProblem }),
    };
  }

  async #run(): Promise<void> {
    const retry = backOff({ minMs: 100, maxMs: 10_000 });
    while (!this.#stopping) {
      try {
        if (this.#rewindAfterRejection()) await this.#wake.sleep(retry.next());
        await this.#lookAround();
        const hasMore = await this.#pass();
        this.#passProblem = undefined;
        if (hasMore) {
          retry.reset();
        } else {
          this.#tellEnd();
          await this.#wake.sleep(this.#idleMs());
        }
      } catch (error) {
        this.#passProblem = messageOf(error);
        this.#options.onEvent?.({ type: "passFailed", error });
        await this.#wake.sleep(retry.next());
      }
    }
    try {
      await this.#drain();
    } catch (error) {
      this.#hasUndelivered = true;
      throw error;
    } finally {
      for (const { resolve } of this.#endWaiters) resolve();
    }
  }

  /** Nothing was left to take: whoever waits for that is told, unless something is under way or a look is missing. */
  #tellEnd(): void {
    const { deliveries, open } = this.#current();
    if (this.#endWaiters.length === 0 || !deliveries.isIdle || deliveries.rejection !== undefined || open.hasWork) return;
    const isDue = ({ scans }: { readonly scans: number }) => scans <= this.#scans;
    for (const { resolve } of this.#endWaiters.filter(isDue)) resolve();
    this.#endWaiters = this.#endWaiters.filter((waiter) => !isDue(waiter));
    if (this.#endWaiters.length > 0) this.#scanDueMs = 0;
  }

  #createCutters(): ReadonlyMap<string, LineCutter> {
    const { lineBytesMax } = this.#limits;
    const onOverlong = (line: OverlongLine) => this.#options.onEvent?.({ type: "lineOverlong", ...line });
    return new Map(this.#options.inputs.map((input) => [input.id, createLineCutter(input, { lineBytesMax, onOverlong })]));
  }

  #createBatch(cutters: ReadonlyMap<string, LineCutter>): ReadBatch {
    const { batchLinesMax, batchBytesMax, readBytesMax } = this.#limits;
    const windowBytesMax = Math.max(readBytesMax, ...[...cutters.values()].map((cutter) => cutter.windowBytesMin));
    return new ReadBatch({ linesMax: batchLinesMax, bytesMax: batchBytesMax, windowBytesMax });
  }

  #cutterOf(cutters: ReadonlyMap<string, LineCutter>, input: string): LineCutter {
    const cutter = cutters.get(input);
    if (cutter === undefined) throw new Error(`no input has the id ${input}`);
    return cutter;
  }

  /** One batch: reads and hands on. False when there was nothing to read, or no room to hand it on. */
  async #pass(): Promise<boolean> {
    const { deliveries, batch } = this.#current();
    if (deliveries.isFull || deliveries.rejection !== undefined) return false;
    await this.#collect();
    if (batch.isEmpty) return false;
    deliveries.handOn(batch);
    return true;
  }

  /** Reads the files in turn, one read each, until the batch is full or nothing is unread. */
  async #collect(): Promise<void> {
    const { open, batch } = this.#current();
    for (let files = open.readable(); files.length > 0; files = open.readable()) {
      for (let count = 0; count < files.length; count += 1) {
        this.#turn += 1;
        const next = files[this.#turn % files.length];
        if (next !== undefined && !(await this.#read(next))) return;
      }
      if (batch.lines.isFull) return;
    }
  }

  /** One file's turn; false when the batch has no room for it. */
  async #read({ file, state }: ReadableFile): Promise<boolean> {
    const { open, batch, cutters } = this.#current();
    const options = { cutter: this.#cutterOf(cutters, file.input), readBytesMax: this.#limits.readBytesMax, state };
    if (!batch.hasRoomFor(turnBytesOf(file, options))) return false;
    const { readOffset, searchedTo } = file;
    try {
      await readLines(file, batch, options);
      if (state !== "growing" && file.readOffset === readOffset && file.searchedTo === searchedTo) open.exhausted(file, state);
    } catch (error) {
      this.#options.onEvent?.({ type: "readFailed", path: file.path, error });
      await open.closeFailed(file);
    }
    return true;
  }

  /** Scans when it is time, and polls the open files that are due or hinted at. */
  async #lookAround(): Promise<void> {
    const { files, open, loose, strays, delivered, hints } = this.#current();
    const nowMs = this.#clock.monotonicMs();
    const isScanDue = nowMs >= this.#scanDueMs;
    if (isScanDue) {
      await files.scan();
      await strays.find();
      loose.expire();
      await delivered.clean();
      // Scanning many files takes time of its own: it gets at most a twentieth of it, and a fifth where hints press.
      const tookMs = this.#clock.monotonicMs() - nowMs;
      this.#scanDueMs = nowMs + Math.max(this.#limits.scanIntervalMs, 20 * tookMs);
      this.#hintedScanDueMs = nowMs + 5 * tookMs;
      hints?.watch(files.directories);
    }
    const hinted = new Set(this.#hinted);
    this.#hinted.clear();
    await open.poll((file) => hinted.size >= hintsMax || hinted.has(file.path));
    await open.closeIdle();
    // Also while nothing can be handed on: an open file cannot be lost by its deletion.
    await open.prepare();
    if (isScanDue) this.#scans += 1;
  }

  /** After a rejection, when nothing is under way any more: everything that is not acknowledged is read again. */
  #rewindAfterRejection(): boolean {
    const { deliveries, files, loose } = this.#current();
    // What is still under way may take long; files are looked at meanwhile.
    if (deliveries.rejection === undefined || !deliveries.isIdle) return false;
    this.#options.onEvent?.({ type: "deliveryRejected", error: deliveries.rejection.error });
    for (const file of files.values()) {
      file.rewind();
      files.consider(file);
    }
    loose.rewind();
    deliveries.restart();
    return true;
  }

  /** Reads to where the files end now, and waits until all of it is acknowledged or given up. */
  async #drain(): Promise<void> {
    const { deliveries, files, open } = this.#current();
    if (deliveries.rejection !== undefined) await deliveries.settled();
    this.#rewindAfterRejection();
    await files.scan();
    await open.poll(() => true);
    open.forgetGone();
    open.limitToPresent();
    await this.#deliverUnread();
    // What was deleted cannot be found by the next start.
    while (deliveries.rejection === undefined && (await open.endDeleted())) await this.#deliverUnread();
    this.#hasUndelivered = deliveries.rejection !== undefined;
    if (deliveries.rejection !== undefined) this.#options.onEvent?.({ type: "deliveryRejected", error: deliveries.rejection.error });
  }

  /** Hands on what is unread until nothing is, or a delivery was given up. */
  async #deliverUnread(): Promise<void> {
    const { deliveries, open } = this.#current();
    let hasMore = true;
    while (hasMore && deliveries.rejection === undefined) {
      await deliveries.room();
      const wasIdle = deliveries.isIdle;
      await open.prepare();
      hasMore = (await this.#pass()) || (await open.lookAgain());
      if (hasMore || wasIdle) continue;
      // What is acknowledged gives handles back, with which further files may be opened.
      await deliveries.settled();
      hasMore = true;
    }
    await deliveries.settled();
  }

  #watch(files: FileSet): DirectoryHints {
    return new DirectoryHints({
      clock: this.#clock,
      onHint: (path, isChange) => this.#onHint(files, path, isChange),
      onFailure: (error) => this.#options.onEvent?.({ type: "hintFailed", error }),
    });
  }

  #onHint(files: FileSet, path: string | undefined, isChange: boolean): void {
    const file = path === undefined ? undefined : files.atPath(path);
    if (path !== undefined && file === undefined && !files.inputs.wants(path)) return;
    const isGrowth = isChange && file?.handle !== undefined;
    if (!isGrowth) this.#scanDueMs = Math.min(this.#scanDueMs, this.#hintedScanDueMs);
    if (path !== undefined && this.#hinted.size < hintsMax) this.#hinted.add(path);
    // While nothing can be handed on, a file that grows may wait for its turn.
    if (!isGrowth || this.#parts?.deliveries.isFull !== true) this.#wake.call();
  }

  #idleMs(): number {
    const { open, deliveries } = this.#current();
    const canTake = !deliveries.isFull && deliveries.rejection === undefined;
    const untilMs = Math.min(this.#scanDueMs, open.nextPollMs, canTake ? open.nextFlushMs : Number.POSITIVE_INFINITY);
    return Math.max(0, untilMs - this.#clock.monotonicMs());
  }

  #current() {
    if (this.#parts === undefined) throw new Error("the tail is not started");
    return this.#parts;
  }
}

function sumOf(counts: readonly CutCounts[]): CutCounts {
  const sum = { excluded: 0, skipped: 0, undecodable: 0, unparsed: 0 };
  for (const { excluded, skipped, undecodable, unparsed } of counts) {
    sum.excluded += excluded;
    sum.skipped += skipped;
    sum.undecodable += undecodable;
    sum.unparsed += unparsed;
  }
  return sum;
}
