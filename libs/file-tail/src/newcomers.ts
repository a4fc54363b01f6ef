import type { Clock } from "@gatelog/pipeline";
import { CompressedFile } from "./compressed-file.ts";
import { evidenceBytes, evidenceOf, isLineStart, isNamedAfter, lastPointIn, mayBeRestOf, relationOf, saysWhose } from "./copies.ts";
import type { FileSet } from "./file-set.ts";
import { fingerprintBytesMax, headWithin } from "./fingerprint.ts";
import type { FileTailLimits } from "./limits.ts";
import type { LineCutter } from "./lines/line-cutter.ts";
import type { LooseGeneration, LooseGenerations } from "./loose-generations.ts";
import type { Copied, Origin, Waiting } from "./origin.ts";
import type { Registry } from "./registry.ts";
import { originalsOf } from "./rotated-names.ts";
import type { TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent } from "./types.ts";

export interface NewcomersOptions {
  readonly files: FileSet;
  readonly loose: LooseGenerations;
  readonly registry: Registry;
  readonly limits: FileTailLimits;
  readonly clock: Clock;
  readonly newGeneration: () => Uint8Array;
  readonly cutterOf: (input: string) => LineCutter;
  /** A file is not what it was: the directories are to be looked at soon. */
  readonly onEnded: () => void;
  readonly onEvent?: OnFileTailEvent | undefined;
}

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
  readonly #waiting = new Map<TrackedFile, Waiting>();
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
    // A copy is whole when its original is truncated, which may have been seen since the last look at the copy.
    await file.poll();
    if (file.needsInspection) return false;
    const origin = await this.#originOf(file);
    if (origin.kind === "waiting") {
      this.#wait(file, origin.from, origin.copied);
      return false;
    }
    this.#waiting.delete(file);
    if (origin.kind === "rest") await this.#goOn(file, origin.of);
    if (origin.kind === "ignored" && file instanceof CompressedFile) file.ignore();
    if (origin.kind === "rest" || origin.kind === "ignored") return false;
    if (origin.kind === "spent") await this.#spend(file, origin.of, origin.offset);
    else if (file.startsAtEnd) await file.skipTo(await this.#endOf(file));
    await file.growFingerprint();
    // Truncated meanwhile; of an empty head every file is a copy.
    return file.fingerprint.length > 0;
  }

  /** Where it begins that is read from its end on: a line that was not ended when the file was found is one that comes. */
  #endOf(file: TrackedFile): Promise<number> {
    const { cutterOf, limits } = this.#options;
    return file.isFinal
      ? Promise.resolve(file.size)
      : file.lineStartBefore(Math.min(file.size, file.foundSize), cutterOf(file.input), limits.lineBytesMax);
  }

  async #originOf(file: TrackedFile): Promise<Origin> {
    // What was forgotten with time, or read before its generation could be saved, is nobody's copy.
    if (file.ackedOffset > 0) return { kind: "new" };
    const isCompressed = file instanceof CompressedFile;
    const relations = isCompressed ? [] : await this.#relationsOf(file);
    const [first] = relations;
    if (first !== undefined) return relations.find(({ copied }) => copied !== undefined) ?? first;
    const waiting = isCompressed ? this.#waitsForOriginal(file) : undefined;
    if (waiting !== undefined) return waiting;
    const rest = await this.#likeliestRest(file);
    if (rest !== undefined) return rest;
    return isCompressed ? this.#originOfCompressed(file) : { kind: "new" };
  }

  /** What it is to the files that are there, where it is to wait for them. */
  async #relationsOf(file: TrackedFile): Promise<(Origin & { readonly kind: "waiting" })[]> {
    const relations: (Origin & { readonly kind: "waiting" })[] = [];
    for (const original of this.originalsOf(file)) {
      if (!this.#mayWaitFor(file, original) || file.handle === undefined) continue;
      const { generation, path: from } = original;
      const { size } = file;
      const relation = await relationOf(file.handle, original);
      if (relation === "unsure") this.#lookAt(original);
      const copied = relation === "copy" && generation !== undefined ? { generation, size } : undefined;
      if (relation !== "none") relations.push({ kind: "waiting", from, ...(copied && { copied }) });
    }
    return relations;
  }

  /** It may hold something else by now, or be gone since the last scan, which the next one says. */
  #lookAt(original: TrackedFile): void {
    this.#options.files.suspect(original);
    if (original.handle === undefined) this.#options.onEnded();
  }

  /** A compressed file is compared with what is loose when of every file that it may have been made of is known what that is. */
  #waitsForOriginal(file: CompressedFile): Origin | undefined {
    // It was compared with what its original was before that was known for a copy itself, or began anew.
    if (file.copyOf !== undefined && !file.isCopyOfPresent && !this.#isLoose(file.copyOf.generation))
      return this.#inspectAgain(file, file.copyOf.original.path);
    // Its original went since the last scan; the next one says so, and then what was read of that is told by its bytes.
    if (file.copyOf === undefined && file.unsureOf !== undefined && this.#mayWaitFor(file, file.unsureOf)) {
      this.#lookAt(file.unsureOf);
      return this.#inspectAgain(file, file.unsureOf.path);
    }
    // Had all of the compressed file been looked at, it would have been compared with that one.
    if (file.isInflated) return undefined;
    for (const original of this.originalsOf(file)) {
      if (original.needsGeneration && this.#mayWaitFor(file, original)) return { kind: "waiting", from: original.path };
    }
    return undefined;
  }

  #isLoose(generation: string | undefined): boolean {
    return generation !== undefined && this.#options.loose.get(generation) !== undefined;
  }

  /** As long as the original is there, that is read; what is unread of it when it is gone is read from the compressed file. */
  #originOfCompressed(file: CompressedFile): Origin {
    if (!file.isInflated) return this.#inspectAgain(file, file.path.replace(/\.gz$/, ""));
    return { kind: file.isBeside ? "ignored" : "new" };
  }

  #inspectAgain(file: CompressedFile, from: string): Origin {
    // The generation that its size spoke for is another file's by now, or more than its size is asked for.
    if (!file.isInflated) file.isToBeInflated = true;
    file.copyOf = undefined;
    file.forgetInspection();
    return { kind: "waiting", from };
  }

  #candidates(file: TrackedFile, head: Buffer): LooseGeneration[] {
    const { loose, registry } = this.#options;
    const offsetOf = ({ generation }: LooseGeneration) => registry.get(generation)?.offset ?? 0;
    return loose
      .withHead(head)
      .filter((candidate) => this.#wasCopyOf(file, candidate) || mayBeRestOf(file, candidate, offsetOf(candidate)))
      .sort((a, b) => Number(isNamedAfter(file.path, b)) - Number(isNamedAfter(file.path, a)) || offsetOf(b) - offsetOf(a))
      .slice(0, candidatesMax);
  }

  /** Of the generations that it may hold the rest of, the one of which it holds most: files may begin alike, with a banner. */
  async #likeliestRest(file: TrackedFile): Promise<Origin | undefined> {
    let likeliest: { readonly loose: LooseGeneration; readonly known: number; readonly evidence: number } | undefined;
    for (const loose of this.#candidates(file, await file.readHead(fingerprintBytesMax))) {
      const known = await this.#knownOf(file, loose);
      if (known === "notLookedAt" && file instanceof CompressedFile) return this.#inspectAgain(file, loose.path);
      if (typeof known !== "number") continue;
      const evidence = evidenceOf(known, file.size, loose);
      if (likeliest === undefined || evidence > likeliest.evidence) likeliest = { loose, known, evidence };
    }
    return likeliest === undefined ? undefined : this.#restOf(file, likeliest.loose, likeliest.known);
  }

  /** Up to where the file surely holds what the generation held; undefined where it is not its rest. */
  async #knownOf(file: TrackedFile, loose: LooseGeneration): Promise<number | "notLookedAt" | undefined> {
    if (this.#wasCopyOf(file, loose)) return file.size;
    const entry = this.#options.registry.get(loose.generation);
    if (entry === undefined) return undefined;
    const { offset, tail } = entry;
    const point = lastPointIn(file.size, [...loose.points, { offset, tail }]);
    if (point === undefined || !saysWhose(point, file.size, loose)) return undefined;
    const isHeld = await file.hasTailAt(point);
    if (isHeld !== true) return isHeld === undefined ? "notLookedAt" : undefined;
    const isNamedSo = isNamedAfter(file.path, loose);
    if (loose.kind === "missing" && file.size > offset && file.path !== loose.path) {
      // What begins alike under any other name is not the rest of what is gone.
      if (!isNamedSo) return undefined;
      // Its last line came without an end, and is longer here: another one, which is not to be cut.
      const cutter = this.#options.cutterOf(file.input);
      if (!(await isLineStart(offset, cutter, (target) => file.readInto(target, 0, target.length, offset - target.length))))
        return undefined;
    }
    if (this.#options.loose.isDoubtful(loose, point.offset, file)) return undefined;
    // The bytes before an earlier place say that all before it was read, unless they are few, as a banner that many files have.
    const isEvident = point.offset >= evidenceBytes && isNamedSo;
    return file.size < offset && point.offset < file.size && !isEvident ? undefined : point.offset;
  }

  #restOf(file: TrackedFile, loose: LooseGeneration, known: number): Origin {
    const offset = this.#options.registry.get(loose.generation)?.offset ?? 0;
    if (!this.#options.loose.isAtRest(loose)) return { kind: "waiting", from: loose.path };
    // Beside the patterns there is nothing to remember of what is read.
    if (file.isBeside && file.size <= offset) return { kind: "ignored" };
    return file.size < offset ? { kind: "spent", of: loose, offset: known } : { kind: "rest", of: loose };
  }

  /** Whether the file was compared, as large as it is now, with the generation when that was still there. */
  #wasCopyOf(file: TrackedFile, { generation }: LooseGeneration): boolean {
    if (file instanceof CompressedFile) return file.copyOf?.generation === generation;
    const copied = this.#waiting.get(file)?.copied;
    return copied?.generation === generation && copied.size === file.size;
  }

  /** Files that are there, or held open, and whose copy it may be by its name and those that they have or had. */
  *originalsOf(file: TrackedFile): IterableIterator<TrackedFile> {
    const { files } = this.#options;
    for (const path of originalsOf(file.path)) {
      for (const original of [files.atPath(path), ...files.missingAt(path), ...files.heldAt(path)]) {
        if (original !== undefined && original !== file && original.input === file.input && !original.isFinal) yield original;
      }
    }
  }

  /** A copy of what was deleted and is read from its handle brings nothing new, however long that takes. */
  #mayWaitFor(file: TrackedFile, original: TrackedFile): boolean {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonicMs();
    const { size } = file;
    if (file.settling?.size !== size) file.settling = { size, sinceMs: nowMs };
    return original.isMissing || nowMs - file.settling.sinceMs < limits.copyWaitMs;
  }

  #wait(file: TrackedFile, from: string, copied: Copied | undefined): void {
    const { clock, onEvent } = this.#options;
    const before = this.#waiting.get(file);
    if (before?.from !== from) onEvent?.({ type: "copyWaiting", path: file.path, from });
    this.#waiting.set(file, { from, copied: copied ?? before?.copied, dueMs: clock.monotonicMs() + lookAgainMs });
  }

  /** The file goes on with a generation whose own file ended. */
  async #goOn(file: TrackedFile, loose: LooseGeneration): Promise<void> {
    const { registry, onEvent } = this.#options;
    const entry = registry.get(loose.generation);
    if (entry === undefined) throw new Error("a generation was forgotten while its copy was compared with it");
    this.#options.loose.take(loose.generation);
    file.adopt(headWithin(entry, file.size));
    file.leave(loose.path);
    file.openedOffset = file.readOffset;
    await file.growFingerprint();
    registry.put(file.entry);
    await file.verify();
    const { path, size } = file;
    onEvent?.({ type: "copyRecognised", path, from: loose.path, offset: entry.offset, unreadBytes: size - entry.offset });
  }

  /** What stands before the offset was read already, from its original: the rest is of a generation of its own. */
  async #spend(file: TrackedFile, loose: LooseGeneration, offset: number): Promise<void> {
    await file.skipTo(offset);
    file.leave(loose.path);
    const { path, size } = file;
    this.#options.onEvent?.({ type: "copyRecognised", path, from: loose.path, offset, unreadBytes: size - offset });
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
    for (const { file, generation } of fixed) {
      file.generation = generation;
      file.isUnsaved = false;
    }
  }
}
