import type { Stats } from "node:fs";
import type { Clock } from "@gatelog/pipeline";
import { mayBeBornAlike } from "./birth-time.ts";
import { CompressedFile } from "./compressed-file.ts";
import { statusOf } from "./file-status.ts";
import { groupBy } from "./group-by.ts";
import { type CompiledInput, Inputs } from "./inputs.ts";
import { InputStarts } from "./input-starts.ts";
import type { FileTailLimits } from "./limits.ts";
import type { LooseGenerations } from "./loose-generations.ts";
import type { Registry } from "./registry.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import { ScanFailures } from "./scan-failures.ts";
import { isUnknown, type ScannedFile, type ScanResult } from "./scan.ts";
import { keyOf, TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent, TailInput } from "./types.ts";

export interface FileSetOptions {
  readonly inputs: readonly TailInput[];
  /** Never read, whatever the inputs say: the registry's own directory. */
  readonly excluded: readonly string[];
  readonly registry: Registry;
  readonly loose: LooseGenerations;
  readonly limits: FileTailLimits;
  readonly clock: Clock;
  readonly newGeneration: () => Uint8Array;
  readonly onEvent?: OnFileTailEvent | undefined;
}

/** Share of the registry that is freed at once when it is full. */
const roomShare = 0.01;

/**
 * The files that the inputs name, by what the kernel calls them (device and inode), never by their names.
 *
 * **Guarantee**: a file is called missing only after a scan that could look at its directory did not find it.
 */
export class FileSet {
  readonly #options: FileSetOptions;
  readonly inputs: Inputs;
  readonly #files = new Map<string, TrackedFile>();
  readonly #byInput = new Map<string, Set<TrackedFile>>();
  /** What the last scan of all inputs saw. */
  #byPath = new Map<string, TrackedFile>();
  /** Closed, and to be opened, in the order in which they came to be so. */
  readonly #wanted = new Set<TrackedFile>();
  readonly #missing = new Set<TrackedFile>();
  /** Files that perhaps were not looked at since they got their name, and the last scan's by the name before it. */
  readonly #moved = new Set<TrackedFile>();
  #heldAt: ReadonlyMap<string, readonly TrackedFile[]> = new Map();
  readonly #failures: ScanFailures;
  /** What an earlier process knew, and no scan could speak of yet. */
  #unseen: Set<string>;
  /** Files that the last scan found and the registry has no room for, and those of the scan that is under way. */
  #waiting = 0;
  #waitingNow = 0;
  #directories: readonly string[] = [];
  /** The scan of an input that is under way, or was last. */
  #scan = 0;
  /** Files that the scan of all inputs that is under way, or was last, found as they were. */
  #passedOver = 0;
  readonly #starts: InputStarts;

  /** **Errors**: GATELOG_FILE_TAIL_PATTERN. */
  constructor(options: FileSetOptions) {
    this.#options = options;
    this.#failures = new ScanFailures(options.onEvent);
    this.#starts = new InputStarts(options.registry);
    this.inputs = new Inputs(options.inputs, options.excluded);
    for (const { id } of this.inputs) this.#byInput.set(id, new Set());
    this.#unseen = new Set([...options.registry.entries()].filter(isHeld).map(({ generation }) => generation));
  }

  get size(): number {
    return this.#files.size;
  }

  /** Why the last scan could not look at everything; undefined when it could. */
  get problem(): string | undefined {
    return this.#failures.problem;
  }

  /** Files that were found and are not read, for the registry has no room for them. */
  get waiting(): number {
    return this.#waiting;
  }

  values(): IterableIterator<TrackedFile> {
    return this.#files.values();
  }

  /** Closed files with something to read, or to look at; those that wait for longest first. */
  get wanted(): ReadonlySet<TrackedFile> {
    return this.#wanted;
  }

  get missing(): ReadonlySet<TrackedFile> {
    return this.#missing;
  }

  atPath(path: string): TrackedFile | undefined {
    return this.#byPath.get(path);
  }

  /** Files that are held open, and that were called so when they were seen last. */
  missingAt(path: string): TrackedFile[] {
    return [...this.#missing].filter((file) => file.path === path);
  }

  /** Files that the last scan found under another name, and nobody looked yet whether they still hold what they held under this one. */
  heldAt(path: string): TrackedFile[] {
    return (this.#heldAt.get(path) ?? []).filter((file) => isMoved(file));
  }

  atKey(key: string): TrackedFile | undefined {
    return this.#files.get(key);
  }

  ofInput(id: string): Iterable<TrackedFile> {
    return this.#byInput.get(id) ?? [];
  }

  /** The directories that the last scan could read. */
  get directories(): readonly string[] {
    return this.#directories;
  }

  /** Looks at all directories. */
  async scan(): Promise<void> {
    const directories = new Set<string>();
    this.#waitingNow = 0;
    this.#passedOver = 0;
    const scanBefore = this.#scan;
    let isAsBefore = true;
    for (const input of this.inputs) {
      this.#scan += 1;
      const result = await input.scanner.scan((path, status) => this.#isAsBefore(input, path, status));
      for (const directory of result.directories) directories.add(directory);
      this.#failures.note(input.id, result);
      isAsBefore &&= result.files.length === 0;
      this.#take(input, result);
    }
    if (!isAsBefore || this.#passedOver !== this.#byPath.size) this.#noteSeenSince(scanBefore);
    for (const file of this.#moved) if (!isMoved(file)) this.#moved.delete(file);
    this.#heldAt = groupBy(this.#moved, ({ heldPath }) => heldPath);
    this.#waiting = this.#waitingNow;
    this.#directories = [...directories];
    for (const generation of this.#unseen) this.#leaveStranger(generation);
  }

  /** Decides anew whether a file is to be opened; to be called when anything that matters for it has changed. */
  consider(file: TrackedFile): void {
    // What is gone may have left its inode's number to another one.
    if (!file.isGone && isWorthOpening(file)) this.#wanted.add(file);
    else this.#wanted.delete(file);
  }

  /** It may hold something else by now: it is to be looked at soon, open or closed. */
  suspect(file: TrackedFile): void {
    file.isVerified = false;
    file.nextPollMs = 0;
    this.consider(file);
  }

  /** Takes in a file that no pattern matches, because it may hold the rest of one that did. */
  addStray(file: TrackedFile): void {
    this.#remember(file);
    this.#setMissing(file, true);
  }

  forget(file: TrackedFile): void {
    if (file.isGone) return;
    file.isGone = true;
    this.#files.delete(file.key);
    this.#byInput.get(file.input)?.delete(file);
    this.#wanted.delete(file);
    this.#missing.delete(file);
    const { loose, onEvent } = this.#options;
    const unreadBytes = file.size - file.ackedOffset;
    if (file.generation !== undefined) loose.leave(file);
    else if (unreadBytes > 0) onEvent?.({ type: "fileLost", path: file.path, unreadBytes });
  }

  #noteSeenSince(scanBefore: number): void {
    this.#byPath = new Map();
    for (const file of this.#files.values()) if (file.seenBy > scanBefore) this.#byPath.set(file.path, file);
  }

  #take(input: CompiledInput, result: ScanResult): void {
    const unknown = new Set(result.unknown);
    const isOld = this.#starts.oldFilesOf(input, unknown);
    for (const found of result.files) {
      const file = this.#update(input, found, isOld);
      if (file !== undefined) file.seenBy = this.#scan;
    }
    for (const file of this.#byInput.get(input.id) ?? []) {
      if (file.seenBy !== this.#scan && !isUnknown(file.path, unknown)) this.#setMissing(file, true);
    }
    for (const generation of this.#unseen) this.#leaveUnseen(input, generation, unknown);
    this.#cleanInactive(input);
    this.#starts.markSeen(input, unknown);
  }

  /** Takes note of a file that is where it was at the last scan, and as it was. */
  #isAsBefore(input: CompiledInput, path: string, status: Stats): boolean {
    const file = this.#byPath.get(path);
    if (file?.input !== input.id || file.isMissing || !file.isAsSeen(path, status)) return false;
    file.seenBy = this.#scan;
    this.#passedOver += 1;
    this.consider(file);
    return true;
  }

  #update(input: CompiledInput, found: ScannedFile, isOld: (path: string) => boolean): TrackedFile | undefined {
    const known = this.#knownAs(found);
    if (known === undefined) return this.#add(input, found, isOld(found.path));
    // Of one that was passed over, this is another name, which leads over a link.
    if (known.input !== input.id || known.seenBy === this.#scan) return undefined;
    known.notice(found);
    if (known.path !== found.path) this.#rename(known, found);
    this.#setMissing(known, false);
    this.consider(known);
    return known;
  }

  /** What was created at another time, or a gzip file that has the inode of a plain one, is another file, unless that one is open. */
  #knownAs(found: ScannedFile): TrackedFile | undefined {
    const known = this.#files.get(keyOf(found));
    if (known === undefined || known.handle !== undefined) return known;
    if (known.isFinal === isCompressed(found) && mayBeBornAlike(known.bornMs, found.bornMs)) return known;
    this.forget(known);
    return undefined;
  }

  /** Under another name. Of several names that lead to it, the scan tells the same one each time. */
  #rename(file: TrackedFile, { path }: ScannedFile): void {
    const { registry, onEvent } = this.#options;
    onEvent?.({ type: "fileRenamed", path, from: file.path });
    const from = file.path;
    file.path = path;
    this.#moved.add(file);
    if (!isRenamed(file, from)) (file.otherNames ??= new Set()).add(from);
    else if (file.otherNames?.has(path) !== true) file.leave(from);
    // Under its old name it may not have been found when it was to be opened.
    file.nextPollMs = 0;
    if (file.generation !== undefined) registry.put(file.entry);
  }

  #add(input: CompiledInput, found: ScannedFile, isFirst: boolean): TrackedFile | undefined {
    const { registry, clock, onEvent } = this.#options;
    const last = registry.find(found.device, found.inode);
    const isSame = (last?.compressed === true) === isCompressed(found) && mayBeBornAlike(last?.bornMs, found.bornMs);
    const entry = isSame ? last : undefined;
    if (entry === undefined && !this.#hasRoom(found)) return undefined;
    const file = createFile(input.id, found, clock.monotonicMs());
    if (entry !== undefined) this.#adopt(file, entry);
    else if (isFirst && !file.isFinal) this.#skip(file);
    else file.startsAtEnd = isFirst || this.#isOld(input, found);
    this.#remember(file);
    this.consider(file);
    onEvent?.({ type: "fileFound", path: found.path, offset: file.readOffset });
    return file;
  }

  #adopt(file: TrackedFile, entry: RegistryEntry): void {
    const { registry, loose } = this.#options;
    loose.take(entry.generation);
    this.#unseen.delete(entry.generation);
    file.adopt(entry);
    this.#moved.add(file);
    if (entry.path !== file.path && isRenamed(file, entry.path)) file.leave(entry.path);
    if (entry.missingSince !== undefined) registry.put(file.entry);
  }

  /** Everything that is there now is left out; what stands there is looked at when it is opened. */
  #skip(file: TrackedFile): void {
    const { registry, newGeneration } = this.#options;
    file.skipAll(Buffer.from(newGeneration()).toString("hex"));
    registry.put(file.entry);
  }

  #isOld({ ignoreOlderMs = 0 }: CompiledInput, { modifiedMs }: ScannedFile): boolean {
    return ignoreOlderMs > 0 && this.#options.clock.now() - modifiedMs > ignoreOlderMs;
  }

  #hasRoom({ path }: ScannedFile): boolean {
    const { registry, loose, limits, onEvent } = this.#options;
    const { filesMax } = limits;
    const isFull = () => Math.max(registry.size, this.#files.size + loose.size) >= filesMax;
    if (!isFull() || (loose.makeRoom(Math.ceil(filesMax * roomShare)) > 0 && !isFull())) return true;
    if (this.#waiting === 0 && this.#waitingNow === 0) onEvent?.({ type: "registryFull", path, filesMax });
    this.#waitingNow += 1;
    return false;
  }

  #remember(file: TrackedFile): void {
    this.#files.set(file.key, file);
    this.#byInput.get(file.input)?.add(file);
  }

  #setMissing(file: TrackedFile, isMissing: boolean): void {
    if (file.isMissing === isMissing && this.#missing.has(file) === isMissing) return;
    file.isMissing = isMissing;
    if (isMissing) this.#missing.add(file);
    else this.#missing.delete(file);
    this.consider(file);
  }

  /** Forgets what was delivered and not written to for long. What this process knows of it stays, so that growth alone is read. */
  #cleanInactive({ id, cleanInactiveMs = 0 }: CompiledInput): void {
    if (cleanInactiveMs === 0) return;
    const oldestMs = this.#options.clock.now() - cleanInactiveMs;
    for (const file of this.#byInput.get(id) ?? []) {
      if (file.modifiedMs > oldestMs || file.isMissing || !file.isDelivered) continue;
      if (file.generation !== undefined) this.#options.registry.drop(file.generation);
      file.forgetGeneration();
    }
  }

  #leaveUnseen(input: CompiledInput, generation: string, unknown: ReadonlySet<string>): void {
    const { registry, loose } = this.#options;
    const entry = registry.get(generation);
    if (entry !== undefined && (entry.input !== input.id || isUnknown(entry.path, unknown))) return;
    this.#unseen.delete(generation);
    if (entry !== undefined) loose.leaveEntry(entry);
  }

  /** Of an input that is no more. */
  #leaveStranger(generation: string): void {
    const { registry, loose } = this.#options;
    const entry = registry.get(generation);
    if (entry !== undefined && this.inputs.has(entry.input)) return;
    this.#unseen.delete(generation);
    if (entry !== undefined) loose.leaveEntry(entry);
  }
}

function createFile(input: string, found: ScannedFile, nowMs: number): TrackedFile {
  return isCompressed(found) ? new CompressedFile(input, found, nowMs) : new TrackedFile(input, found, nowMs);
}

function isCompressed(found: ScannedFile): boolean {
  return found.isCompressed === true || found.isCompressedSibling === true;
}

/** Whether the file left its name: another name may lead to it too, and so may a link. */
function isRenamed(file: TrackedFile, from: string): boolean {
  if (file.isLinked) return false;
  try {
    const status = statusOf(from, false);
    return status === undefined || keyOf(status) !== file.key;
  } catch {
    // What cannot be looked at is unknown.
    return false;
  }
}

/** Whether it is called otherwise than when it surely held its generation. */
function isMoved({ isGone, heldPath, path }: TrackedFile): boolean {
  return !isGone && heldPath !== path;
}

function isHeld({ endedSince, missingSince }: RegistryEntry): boolean {
  return endedSince === undefined && missingSince === undefined;
}

function isWorthOpening(file: TrackedFile): boolean {
  return file.handle === undefined && !file.isMissing && file.wantsHandle;
}
