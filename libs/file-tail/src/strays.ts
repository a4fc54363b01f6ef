import { constants } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "@gatelog/pipeline";
import { mayBeBornAlike } from "./birth-time.ts";
import { CompressedFile } from "./compressed-file.ts";
import { evidenceOf, isLineStart, lastPointIn, mayBeRestOf, relationOf, saysWhose } from "./copies.ts";
import { fromStats, statusOf } from "./file-status.ts";
import type { FileSet } from "./file-set.ts";
import { beginsWith, fingerprintBytesMax, hasTailAt, headWithin, readFully, readHead } from "./fingerprint.ts";
import { groupBy } from "./group-by.ts";
import type { LineCutter } from "./lines/line-cutter.ts";
import type { LooseGeneration, LooseGenerations } from "./loose-generations.ts";
import type { OpenFiles } from "./open-files.ts";
import type { Registry } from "./registry.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import { originalsOf } from "./rotated-names.ts";
import type { ScannedFile } from "./scan.ts";
import { keyOf, TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent } from "./types.ts";

export interface StraysOptions {
  readonly files: FileSet;
  readonly loose: LooseGenerations;
  readonly open: OpenFiles;
  readonly registry: Registry;
  readonly cutterOf: (input: string) => LineCutter;
  readonly clock: Clock;
  readonly onEvent?: OnFileTailEvent | undefined;
}

/** Names with the look of a rotated file that are looked at for one generation. */
const namesMax = 1000;
const inspectedMax = 1000;

/**
 * Finds what is unread of a file that was rotated to a name that no pattern matches, by renaming or by copying, while it was not held
 * open: beside its old name, under one that its old name is the beginning of. Nothing else of such a file is read.
 */
export class Strays {
  readonly #options: StraysOptions;
  /** Files that were looked at, as they were then: nothing came of them that is not known. */
  readonly #inspected = new Map<string, { readonly state: string; readonly file: TrackedFile }>();

  constructor(options: StraysOptions) {
    this.#options = options;
  }

  /** Looks once for everything that lost its file lately. */
  async find(): Promise<void> {
    const { loose } = this.#options;
    const sought: LooseGeneration[] = [];
    for (const one of loose.values()) {
      if (one.isSettled || !loose.isYoung(one) || !loose.isAtRest(one)) continue;
      one.looks += 1;
      if (this.#isWanted(one)) sought.push(one);
    }
    for (const [directory, ofDirectory] of groupBy(sought, ({ path }) => dirname(path))) await this.#findIn(directory, ofDirectory);
  }

  /** Whether the inputs, as they are now, would read it where it was, or what it was rotated away from. */
  #isWanted({ input, path, heldPath, generation }: LooseGeneration): boolean {
    const { files, registry } = this.#options;
    if (!files.inputs.has(input)) return false;
    if (files.inputs.matches(input, path) || files.inputs.matches(input, heldPath)) return true;
    return registry.get(generation)?.rotated === true && originalsOf(path).some((original) => files.inputs.matches(input, original));
  }

  async #findIn(directory: string, sought: readonly LooseGeneration[]): Promise<void> {
    const named = sought.flatMap((one) => [...new Set([one.path, one.heldPath])].map((name) => ({ name, one })));
    const byPath = groupBy(named, ({ name }) => name);
    const byFile = groupBy(sought, keyOf);
    const found: { readonly path: string; readonly possible: readonly LooseGeneration[] }[] = [];
    let othersLeft = namesMax;
    for (const name of await namesIn(directory)) {
      const path = join(directory, name);
      if (this.#options.files.atPath(path) !== undefined) continue;
      // Its own name too: of what was found before, and could not be opened.
      const possible = [path, ...originalsOf(path)].flatMap((original) => (byPath.get(original) ?? []).map(({ one }) => one));
      if (possible.length === 0 && othersLeft > 0) {
        othersLeft -= 1;
        possible.push(...renamedTo(path, byFile));
      }
      const allowed = this.#allowedAt(path, possible);
      if (allowed.length > 0) found.push({ path, possible: allowed });
      if (found.length >= namesMax) break;
    }
    // What was renamed is told by its inode; only then may another file be a copy of it, which may begin alike.
    for (const { path, possible } of found) await this.#compare(path, possible, true);
    for (const { path, possible } of found) await this.#compare(path, possible, false);
  }

  /** What an input excludes is not read, whatever it was. */
  #allowedAt(path: string, possible: readonly LooseGeneration[]): readonly LooseGeneration[] {
    const isExcluded = new Map<string, boolean>();
    for (const { input } of possible) if (!isExcluded.has(input)) isExcluded.set(input, this.#options.files.inputs.excludes(input, path));
    return possible.filter(({ input }) => isExcluded.get(input) === false);
  }

  async #compare(path: string, possible: readonly LooseGeneration[], isRenamed: boolean): Promise<void> {
    let handle: FileHandle;
    try {
      handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch {
      // Not for us to read: what is lost with it is told when it was looked for long enough.
      return;
    }
    try {
      const found = await lookAt(path, handle);
      if (found === undefined || this.#options.files.atKey(keyOf(found)) !== undefined) return;
      const sought = possible.filter((one) => isSameFile(found, one) === isRenamed);
      if (!isRenamed && (await this.#isKnown(found, handle))) return;
      if (path.endsWith(".gz")) return await this.#takeCompressed(found, sought);
      for (const one of sought) if (await this.#isRest(found, handle, one)) return await this.#takeUp(found, one);
    } finally {
      await handle.close();
    }
  }

  /** What a compressed file holds is known only when it was inflated. */
  async #takeCompressed(found: ScannedFile, possible: readonly LooseGeneration[]): Promise<void> {
    const { files, open: openFiles, clock } = this.#options;
    const [input] = new Set(possible.map((one) => one.input));
    const state = `${found.size}:${found.modifiedMs}`;
    if (input === undefined || !files.inputs.readsCompressed(input) || this.#isInspected(found.path, state)) return;
    const file = new CompressedFile(input, { ...found, isStray: true }, clock.monotonicMs());
    files.addStray(file);
    if (await openFiles.openNow(file)) this.#noteInspected(found.path, state, file);
  }

  /** Whether all was said of it; what failed is looked at once more. */
  #isInspected(path: string, state: string): boolean {
    const inspected = this.#inspected.get(path);
    return inspected?.state === state && !(inspected.file instanceof CompressedFile && inspected.file.isUninspectable);
  }

  #noteInspected(path: string, state: string, file: TrackedFile): void {
    this.#inspected.set(path, { state, file });
    const [oldest] = this.#inspected.keys();
    if (this.#inspected.size > inspectedMax && oldest !== undefined) this.#inspected.delete(oldest);
  }

  /** Whether it is a file that was read before, not a copy of one. */
  async #isKnown(found: ScannedFile, handle: FileHandle): Promise<boolean> {
    const entry = this.#options.registry.find(found.device, found.inode);
    if (entry === undefined || entry.compressed === true || entry.fingerprint.length === 0) return false;
    if (!mayBeBornAlike(found.bornMs, entry.bornMs)) return false;
    const head = await readHead(handle, entry.fingerprint.length);
    return beginsWith(head, entry.fingerprint) && (await hasTailAt(handle, entry));
  }

  /** Whether the file holds bytes of the generation that were not read. */
  async #isRest(found: ScannedFile, handle: FileHandle, one: LooseGeneration): Promise<boolean> {
    const entry = this.#options.loose.get(one.generation) === one ? this.#options.registry.get(one.generation) : undefined;
    if (entry === undefined || found.size <= entry.offset) return false;
    const isSame = isSameFile(found, one);
    if (!isSame && !mayBeRestOf({ ...found, input: one.input }, one, entry.offset)) return false;
    const head = await readHead(handle, entry.fingerprint.length);
    // Of a copy something has to be known.
    if (!isSame && head.length === 0) return false;
    const point = isSame ? entry : (lastPointIn(found.size, [...one.points, entry]) ?? entry);
    const isLike = isSame || found.size >= one.fingerprint.length ? beginsWith(head, entry.fingerprint) : saysWhose(point, found.size, one);
    if (!isLike || !(await hasTailAt(handle, point))) return false;
    if (!isSame && this.#options.loose.isDoubtful(one, entry.offset, { size: found.size, isBeside: true })) return false;
    if (isSame) return true;
    // The last line of what is gone came without an end, and is longer here: another one, which is not to be cut.
    if (one.kind === "missing" && !(await this.#isLineStart(handle, one.input, entry.offset))) return false;
    return !(await this.#holdsMoreOfAnother(found, handle, entry)) && !(await this.#isCopyOfPresent(found, handle, one.input));
  }

  /** Whether it may be a copy of a file that is there, and is to be known for what it is first. */
  async #isCopyOfPresent({ path }: ScannedFile, handle: FileHandle, input: string): Promise<boolean> {
    const { files } = this.#options;
    for (const original of originalsOf(path).flatMap((other) => files.heldAt(other).concat(files.atPath(other) ?? []))) {
      if (original === undefined || original.input !== input || original.isFinal) continue;
      const relation = await relationOf(handle, original);
      if (relation === "unsure") files.suspect(original);
      if (relation !== "none") return true;
    }
    return false;
  }

  /** Whether the file goes further with another generation that begins alike, as with a banner. */
  async #holdsMoreOfAnother(found: ScannedFile, handle: FileHandle, one: RegistryEntry): Promise<boolean> {
    const { loose, registry } = this.#options;
    const { generation, input } = one;
    const evidence = evidenceOf(one.offset, found.size, one);
    for (const other of loose.withHead(await readHead(handle, fingerprintBytesMax))) {
      const entry = registry.get(other.generation);
      if (other.generation === generation || entry === undefined || !mayBeRestOf({ ...found, input }, other, entry.offset)) continue;
      const point = lastPointIn(found.size, [...other.points, { offset: entry.offset, tail: entry.tail }]);
      if (point === undefined || evidenceOf(point.offset, found.size, other) <= evidence) continue;
      if (saysWhose(point, found.size, other) && (await hasTailAt(handle, point))) return true;
    }
    return false;
  }

  #isLineStart(handle: FileHandle, input: string, offset: number): Promise<boolean> {
    const readBefore = (buffer: Buffer) => readFully(handle, { buffer, at: 0, length: buffer.length, position: offset - buffer.length });
    return isLineStart(offset, this.#options.cutterOf(input), readBefore);
  }

  async #takeUp(found: ScannedFile, one: LooseGeneration): Promise<void> {
    const { files, loose, open: openFiles, registry, clock, onEvent } = this.#options;
    const entry = registry.get(one.generation);
    // What is unread of it, and was not taken when it was open, is a line without its end.
    const state = `${found.size}:${found.modifiedMs}:${entry?.offset}`;
    if (entry === undefined || this.#isInspected(found.path, state)) return;
    const file = new TrackedFile(one.input, { ...found, isStray: true }, clock.monotonicMs());
    loose.take(one.generation);
    file.adopt(headWithin(entry, found.size));
    file.leave(one.path);
    file.openedOffset = file.readOffset;
    registry.put(file.entry);
    files.addStray(file);
    const { path } = found;
    if (keyOf(one) !== file.key)
      onEvent?.({ type: "copyRecognised", path, from: one.path, offset: entry.offset, unreadBytes: found.size - entry.offset });
    // Not where it was found before, and no handle was free.
    else if (path !== one.path) onEvent?.({ type: "fileRenamed", path, from: one.path });
    if (await openFiles.openNow(file)) this.#noteInspected(path, state, file);
  }
}

/** An inode's number is given to another file, which was created at another time. */
function isSameFile(found: ScannedFile, one: LooseGeneration): boolean {
  return one.kind === "missing" && keyOf(found) === keyOf(one) && mayBeBornAlike(found.bornMs, one.bornMs);
}

/** Whatever a file is called by now, its inode tells it. */
function renamedTo(path: string, byFile: ReadonlyMap<string, readonly LooseGeneration[]>): LooseGeneration[] {
  try {
    const status = statusOf(path, false);
    if (status?.kind !== "file") return [];
    return (byFile.get(keyOf(status)) ?? []).filter((one) => isSameFile({ path, ...status }, one));
  } catch {
    // The scan tells what cannot be looked at.
    return [];
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch {
    // The scan tells what cannot be looked at.
    return [];
  }
}

async function lookAt(path: string, handle: FileHandle): Promise<ScannedFile | undefined> {
  const { kind, ...status } = fromStats(await handle.stat({ bigint: true }));
  return kind === "file" ? { path, ...status } : undefined;
}
