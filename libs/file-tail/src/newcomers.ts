import type { Clock } from "@gatelog/pipeline";
import { CompressedFile } from "./compressed-file.ts";
import { lastPointIn, mayBeRestOf, relationOf } from "./copies.ts";
import type { FileSet } from "./file-set.ts";
import { fingerprintBytesMax, type Point } from "./fingerprint.ts";
import type { FileTailLimits } from "./limits.ts";
import type { LooseGeneration, LooseGenerations } from "./loose-generations.ts";
import type { Registry } from "./registry.ts";
import { isRotatedNameOf, originalsOf } from "./rotated-names.ts";
import type { TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent } from "./types.ts";

export interface NewcomersOptions {
  readonly files: FileSet;
  readonly loose: LooseGenerations;
  readonly registry: Registry;
  readonly limits: FileTailLimits;
  readonly clock: Clock;
  readonly newGeneration: () => Uint8Array;
  readonly onEvent?: OnFileTailEvent | undefined;
}

/** What a file without a generation turns out to be. */
type Origin =
  | { readonly kind: "new" }
  /** Nothing of it is to be read. */
  | { readonly kind: "ignored" }
  /** A copy whose original was not truncated yet, or whose generation is still under way. */
  | { readonly kind: "waiting"; readonly from: string }
  /** It holds the rest of a generation, or nothing that was not read of it. */
  | { readonly kind: "rest" | "spent"; readonly of: LooseGeneration };

/** Generations with the same head that one file is compared with. */
const candidatesMax = 64;
/** Time between two looks at what a copy waits for. */
const lookAgainMs = 100;
/** How long new files wait after their generations could not be saved. */
const retryMs = 1000;

/**
 * Says of files that are read for the first time what they are: files of their own, which get a generation, or copies, which go on with
 * that of their original.
 *
 * **Guarantee**: a generation is on disk before a line of it is read; two files never hold one.
 */
export class Newcomers {
  readonly #options: NewcomersOptions;
  readonly #waiting = new Map<TrackedFile, { readonly from: string; dueMs: number }>();
  #dueMs = 0;

  constructor(options: NewcomersOptions) {
    this.#options = options;
  }

  /** Copies that wait to see what becomes of their originals. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  isWaiting(file: TrackedFile): boolean {
    return this.#waiting.has(file);
  }

  forget(file: TrackedFile): void {
    this.#waiting.delete(file);
  }

  /** Something happened that copies may have waited for. */
  hurry(): void {
    for (const waiting of this.#waiting.values()) waiting.dueMs = 0;
  }

  /** Gives open files the generations that are theirs. **Errors**: the system's, by file, to `onFailure`. */
  async settle(files: readonly TrackedFile[], onFailure: (file: TrackedFile, error: unknown) => Promise<void>): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#dueMs) return;
    const fresh: TrackedFile[] = [];
    for (const file of files) {
      if ((this.#waiting.get(file)?.dueMs ?? 0) > nowMs) continue;
      try {
        if (await this.#isFresh(file)) fresh.push(file);
      } catch (error) {
        await onFailure(file, error);
      }
    }
    if (fresh.length > 0) await this.#fixGenerations(fresh);
  }

  /** Whether the file needs a generation of its own, now. */
  async #isFresh(file: TrackedFile): Promise<boolean> {
    if (file.handle === undefined) return false;
    const origin = await this.#originOf(file);
    if (origin.kind === "waiting") {
      this.#wait(file, origin.from);
      return false;
    }
    this.#waiting.delete(file);
    if (origin.kind === "rest") await this.#goOn(file, origin.of);
    if (origin.kind === "ignored" && file instanceof CompressedFile) file.ignore();
    if (origin.kind === "rest" || origin.kind === "ignored") return false;
    if (origin.kind === "spent") await this.#spend(file, origin.of);
    else if (file.startsAtEnd) await file.skipTo(file.isFinal ? file.size : Math.min(file.size, file.foundSize));
    await file.growFingerprint();
    return true;
  }

  async #originOf(file: TrackedFile): Promise<Origin> {
    // What was forgotten with time, or read before its generation could be saved, is nobody's copy.
    if (file.ackedOffset > 0) return { kind: "new" };
    const head = await file.readHead(fingerprintBytesMax);
    for (const loose of this.#candidates(file, head)) {
      const origin = await this.#restOf(file, loose);
      if (origin !== undefined) return origin;
    }
    return file instanceof CompressedFile ? this.#originOfCompressed(file) : this.#originOfPlain(file);
  }

  async #originOfPlain(file: TrackedFile): Promise<Origin> {
    const { files } = this.#options;
    for (const original of this.originalsOf(file)) {
      if (!this.#mayWaitFor(file, original) || file.handle === undefined) continue;
      const relation = await relationOf(file.handle, original);
      if (relation === "unsure") files.suspect(original);
      if (relation !== "none") return { kind: "waiting", from: original.path };
    }
    return { kind: "new" };
  }

  /** As long as the original is there, that is read; what is unread of it when it is gone is read from the compressed file. */
  #originOfCompressed(file: CompressedFile): Origin {
    if (file.copyOf !== undefined && !file.isCopyOfPresent) return this.#inspectAgain(file, file.copyOf.original.path);
    return { kind: file.isBeside ? "ignored" : "new" };
  }

  #inspectAgain(file: CompressedFile, from: string): Origin {
    file.copyOf = undefined;
    file.forgetInspection();
    return { kind: "waiting", from };
  }

  #candidates(file: TrackedFile, head: Buffer): LooseGeneration[] {
    const { loose, registry } = this.#options;
    const offsetOf = ({ generation }: LooseGeneration) => registry.get(generation)?.offset ?? 0;
    return loose
      .withHead(head)
      .filter((candidate) => mayBeRestOf(file, candidate, offsetOf(candidate)))
      .sort((a, b) => Number(isRotatedNameOf(file.path, b.path)) - Number(isRotatedNameOf(file.path, a.path)) || offsetOf(b) - offsetOf(a))
      .slice(0, candidatesMax);
  }

  async #restOf(file: TrackedFile, loose: LooseGeneration): Promise<Origin | undefined> {
    const entry = this.#options.registry.get(loose.generation);
    if (entry === undefined) return undefined;
    const acked: Point = { offset: entry.offset, tail: entry.tail };
    const point = lastPointIn(file.size, [acked, ...loose.points]);
    const isHeld = point === undefined ? false : await file.hasTailAt(point);
    if (isHeld === undefined && file instanceof CompressedFile) return this.#inspectAgain(file, loose.path);
    if (point === undefined || isHeld !== true) return undefined;
    // What stands behind an earlier place is passed over: that it was read, the bytes before it do not say alone, for they may be a banner.
    if (point !== acked && !isRotatedNameOf(file.path, loose.path)) return undefined;
    if (!this.#options.loose.isAtRest(loose)) return { kind: "waiting", from: loose.path };
    // Beside the patterns there is nothing to remember of what is read.
    if (file instanceof CompressedFile && file.isBeside && file.size <= point.offset) return { kind: "ignored" };
    return { kind: point === acked ? "rest" : "spent", of: loose };
  }

  /** Files that are there, or held, and whose copy it may be by its name. */
  *originalsOf(file: TrackedFile): IterableIterator<TrackedFile> {
    const { files } = this.#options;
    for (const path of originalsOf(file.path)) {
      for (const original of [files.atPath(path), files.missingAt(path)]) {
        if (original !== undefined && original !== file && original.input === file.input && !original.isFinal) yield original;
      }
    }
  }

  /** A copy of what was deleted and is read from its handle brings nothing new, however long that takes. */
  #mayWaitFor(file: TrackedFile, original: TrackedFile): boolean {
    const { clock, limits } = this.#options;
    return original.isMissing || clock.monotonicMs() - file.lastGrowthMs < limits.copyWaitMs;
  }

  #wait(file: TrackedFile, from: string): void {
    const { clock, onEvent } = this.#options;
    if (this.#waiting.get(file)?.from !== from) onEvent?.({ type: "copyWaiting", path: file.path, from });
    this.#waiting.set(file, { from, dueMs: clock.monotonicMs() + lookAgainMs });
  }

  /** The file goes on with a generation whose own file ended. */
  async #goOn(file: TrackedFile, loose: LooseGeneration): Promise<void> {
    const { registry, onEvent } = this.#options;
    const entry = registry.get(loose.generation);
    if (entry === undefined) throw new Error("a generation was forgotten while its copy was compared with it");
    this.#options.loose.take(loose.generation);
    file.adopt(entry);
    file.isRotated = true;
    file.openedOffset = file.readOffset;
    registry.put(file.entry);
    await file.verify();
    const { path, size } = file;
    onEvent?.({ type: "copyRecognised", path, from: loose.path, offset: entry.offset, unreadBytes: size - entry.offset });
  }

  /** All of it was read already, from its original, which was read further: what may come is of a generation of its own. */
  async #spend(file: TrackedFile, loose: LooseGeneration): Promise<void> {
    await file.skipTo(file.size);
    file.isRotated = true;
    this.#options.onEvent?.({ type: "copyRecognised", path: file.path, from: loose.path, offset: file.size, unreadBytes: 0 });
  }

  async #fixGenerations(fresh: readonly TrackedFile[]): Promise<void> {
    const { registry, loose, limits, newGeneration, clock } = this.#options;
    loose.makeRoom(registry.size + fresh.length - limits.filesMax);
    const fixed = fresh.map((file) => ({ file, generation: Buffer.from(newGeneration()).toString("hex") }));
    for (const { file, generation } of fixed) registry.put(file.entryOf(generation));
    try {
      await registry.sync();
    } catch {
      // The registry told of it. Without a generation on disk nothing of these files may leave; they wait.
      for (const { generation } of fixed) registry.drop(generation);
      this.#dueMs = clock.monotonicMs() + retryMs;
      return;
    }
    for (const { file, generation } of fixed) file.generation = generation;
  }
}
