import type { FileHandle } from "node:fs/promises";
import { backOff } from "@gatelog/pipeline";
import { lockDirectory } from "./directory-lock.ts";
import { FileTailError, messageOf } from "./errors.ts";
import type { RegistryEntry, RegistryRecord } from "./registry-codec.ts";
import type { RegistryDisk } from "./registry-disk.ts";
import { putOf, type RegistryOpening, RegistryStore } from "./registry-store.ts";
import type { OnFileTailEvent } from "./types.ts";

type FileIdentity = Pick<RegistryEntry, "device" | "inode">;

export interface RegistryOptions {
  readonly dir: string;
  readonly flushMs: number;
  readonly onEvent?: OnFileTailEvent | undefined;
  readonly disk?: RegistryDisk;
  /** See RegistryStoreOptions. */
  readonly appendedBytesMax?: number;
}

/** Inputs that are remembered as seen; the one that was seen first is forgotten first. */
const inputsSeenMax = 10_000;
/** How long it takes at the most until a disk that did not take the registry is tried again. */
const retryMsMax = 5000;

/**
 * What is known of every file: in memory, and on disk `flushMs` later at the latest. A put costs a look into a map;
 * what it put is serialised by the flush, once, however often it was put since the last one.
 *
 * **Guarantee**: after `sync` resolved, everything put before it survives a power loss. A registry that cannot be
 * written keeps working in memory, says so, and is written whole as soon as it can be.
 */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #lock: FileHandle;
  readonly #store: RegistryStore;
  readonly #entries = new Map<string, RegistryEntry>();
  /** Generations of a file that did not end, the newest last, by device and inode: of two maps, for a key of both would be one more string a file. */
  readonly #byDevice = new Map<string, Map<string, string | readonly string[]>>();
  readonly #ended = new Set<string>();
  readonly #inputs: Set<string>;
  #changed = new Set<string>();
  #newInputs: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #problem: string | undefined;
  readonly #retry: ReturnType<typeof backOff>;

  /** **Errors**: GATELOG_FILE_TAIL_LOCKED, _REGISTRY_DIRECTORY, _REGISTRY_VERSION. */
  static async open(options: RegistryOptions): Promise<Registry> {
    const lock = await lockDirectory(options.dir);
    try {
      const opening = await RegistryStore.open({ directory: options.dir, ...options });
      const { damage, entries } = opening.load;
      if (damage !== undefined) options.onEvent?.({ type: "registryDamaged", ...damage, recoveredFiles: entries.length });
      return new Registry(options, lock, opening);
    } catch (error) {
      await lock.close();
      if (error instanceof FileTailError) throw error;
      throw new FileTailError(
        "GATELOG_FILE_TAIL_REGISTRY_DIRECTORY",
        `cannot use the registry directory ${options.dir}: ${messageOf(error)}`,
        error,
      );
    }
  }

  private constructor(options: RegistryOptions, lock: FileHandle, { store, load, failure }: RegistryOpening) {
    this.#options = options;
    this.#lock = lock;
    this.#store = store;
    this.#retry = backOff({ minMs: Math.max(1, options.flushMs), maxMs: Math.max(retryMsMax, options.flushMs) });
    this.#inputs = new Set(load.inputs);
    for (const entry of load.entries) this.#remember(entry);
    if (failure === undefined) return;
    this.#noteProblem(failure);
    this.#flushLater();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Why the registry is not on disk; undefined when it is. */
  get problem(): string | undefined {
    return this.#problem;
  }

  entries(): IterableIterator<RegistryEntry> {
    return this.#entries.values();
  }

  get(generation: string): RegistryEntry | undefined {
    return this.#entries.get(generation);
  }

  /** The newest generation of a file that did not end. */
  find(device: string, inode: string): RegistryEntry | undefined {
    const generation = this.#generationsOf({ device, inode }).at(-1);
    return generation === undefined ? undefined : this.#entries.get(generation);
  }

  /** Generations whose file was truncated or replaced. */
  *ended(): IterableIterator<RegistryEntry> {
    for (const generation of this.#ended) {
      const entry = this.#entries.get(generation);
      if (entry !== undefined) yield entry;
    }
  }

  /** Whether the input was ever scanned completely. */
  hasSeen(inputId: string): boolean {
    return this.#inputs.has(inputId);
  }

  markSeen(inputId: string): void {
    if (this.#inputs.has(inputId)) return;
    const [first] = this.#inputs;
    if (this.#inputs.size >= inputsSeenMax && first !== undefined) this.#inputs.delete(first);
    this.#inputs.add(inputId);
    this.#newInputs.push(inputId);
    this.#flushLater();
  }

  put(entry: RegistryEntry): void {
    this.#remember(entry);
    this.#change(entry.generation);
  }

  drop(generation: string): void {
    const entry = this.#entries.get(generation);
    if (entry === undefined) return;
    this.#entries.delete(generation);
    this.#unlink(entry);
    this.#change(generation);
  }

  /** Resolves when everything put so far is on disk. **Errors**: GATELOG_FILE_TAIL_REGISTRY_WRITE. */
  async sync(): Promise<void> {
    // A flush that is under way may have begun before the last put.
    await this.#flushing?.catch(() => {});
    if (this.#hasChanged || this.#flushing !== undefined) await this.#flush();
  }

  /** Writes what is left and gives the lock back. **Errors**: GATELOG_FILE_TAIL_REGISTRY_WRITE. */
  async close(): Promise<void> {
    try {
      await this.sync();
    } finally {
      clearTimeout(this.#timer);
      await this.#store.close();
      await this.#lock.close();
    }
  }

  get #hasChanged(): boolean {
    return this.#changed.size > 0 || this.#newInputs.length > 0;
  }

  #remember(entry: RegistryEntry): void {
    const before = this.#entries.get(entry.generation);
    this.#entries.set(entry.generation, entry);
    if (before !== undefined && isIndexedAlike(before, entry)) return;
    if (before !== undefined) this.#unlink(before);
    this.#link(entry);
  }

  #link(entry: RegistryEntry): void {
    if (entry.endedSince !== undefined) {
      this.#ended.add(entry.generation);
      return;
    }
    this.#setGenerations(entry, [...this.#generationsOf(entry), entry.generation]);
  }

  #unlink(entry: RegistryEntry): void {
    this.#ended.delete(entry.generation);
    this.#setGenerations(
      entry,
      this.#generationsOf(entry).filter((generation) => generation !== entry.generation),
    );
  }

  #generationsOf({ device, inode }: FileIdentity): readonly string[] {
    const generations = this.#byDevice.get(device)?.get(inode) ?? [];
    return typeof generations === "string" ? [generations] : generations;
  }

  /** Almost always it is one, which needs no array. */
  #setGenerations({ device, inode }: FileIdentity, generations: readonly string[]): void {
    const byInode = this.#byDevice.get(device) ?? new Map<string, string | readonly string[]>();
    this.#byDevice.set(device, byInode);
    const [only] = generations;
    if (only === undefined) byInode.delete(inode);
    else byInode.set(inode, generations.length === 1 ? only : generations);
  }

  #change(generation: string): void {
    this.#changed.add(generation);
    this.#flushLater();
  }

  #flushLater(): void {
    if (this.#timer !== undefined) return;
    const delayMs = this.#problem === undefined ? this.#options.flushMs : this.#retry.next();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush().catch(() => {});
    }, delayMs);
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
      if (this.#hasChanged || this.#problem !== undefined) this.#flushLater();
    });
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const changed = this.#changed;
    const newInputs = this.#newInputs;
    this.#changed = new Set();
    this.#newInputs = [];
    try {
      await this.#store.save(this.#recordsOf(newInputs, changed), { entries: this.#entries.values(), inputs: this.#inputs });
      this.#problem = undefined;
      this.#retry.reset();
    } catch (error) {
      for (const generation of changed) this.#changed.add(generation);
      this.#newInputs.unshift(...newInputs);
      throw new FileTailError("GATELOG_FILE_TAIL_REGISTRY_WRITE", this.#noteProblem(error), error);
    }
  }

  /** Told once until it is over. */
  #noteProblem(error: unknown): string {
    if (this.#problem === undefined) this.#options.onEvent?.({ type: "registryWriteFailed", error });
    this.#problem = `the registry cannot be written: ${messageOf(error)}`;
    return this.#problem;
  }

  *#recordsOf(inputs: Iterable<string>, generations: Iterable<string>): IterableIterator<RegistryRecord> {
    for (const id of inputs) yield { k: "input", id };
    for (const generation of generations) {
      const entry = this.#entries.get(generation);
      yield entry === undefined ? { k: "drop", generation } : putOf(entry);
    }
  }
}

/** Whether the one is found where the other was. */
function isIndexedAlike(one: RegistryEntry, other: RegistryEntry): boolean {
  return one.inode === other.inode && one.device === other.device && (one.endedSince === undefined) === (other.endedSince === undefined);
}
