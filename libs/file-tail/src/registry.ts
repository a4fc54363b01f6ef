import type { FileHandle } from "node:fs/promises";
import { lockDirectory } from "./directory-lock.ts";
import { FileTailError, messageOf } from "./errors.ts";
import type { RegistryEntry, RegistryRecord } from "./registry-codec.ts";
import { RegistryStore } from "./registry-store.ts";
import type { OnFileTailEvent } from "./types.ts";

export interface RegistryOptions {
  readonly dir: string;
  readonly flushMs: number;
  readonly onEvent?: OnFileTailEvent | undefined;
}

/**
 * What is known of every file: in memory, and on disk `flushMs` later at the latest.
 *
 * **Guarantee**: after `sync` resolved, everything put before it survives a power loss. A registry that cannot be
 * written keeps working in memory, says so, and is written whole as soon as it can be.
 */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #lock: FileHandle;
  readonly #store: RegistryStore;
  readonly #entries = new Map<string, RegistryEntry>();
  readonly #byFile = new Map<string, string>();
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #problem: string | undefined;

  /** **Errors**: GATELOG_FILE_TAIL_LOCKED, _REGISTRY_DIRECTORY, _REGISTRY_VERSION. */
  static async open(options: RegistryOptions): Promise<Registry> {
    const lock = await lockDirectory(options.dir);
    try {
      const { store, load } = await RegistryStore.open(options.dir);
      if (load.damage !== undefined) options.onEvent?.({ type: "registryDamaged", ...load.damage, recoveredFiles: load.entries.length });
      return new Registry(options, { lock, store, entries: load.entries });
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

  private constructor(options: RegistryOptions, parts: { lock: FileHandle; store: RegistryStore; entries: readonly RegistryEntry[] }) {
    this.#options = options;
    this.#lock = parts.lock;
    this.#store = parts.store;
    for (const entry of parts.entries) this.#remember(entry);
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

  find(device: string, inode: string): RegistryEntry | undefined {
    const generation = this.#byFile.get(fileKey(device, inode));
    return generation === undefined ? undefined : this.#entries.get(generation);
  }

  put(entry: RegistryEntry): void {
    this.#remember(entry);
    this.#change(entry.generation);
  }

  drop(generation: string): void {
    const entry = this.#entries.get(generation);
    if (entry === undefined) return;
    this.#entries.delete(generation);
    const key = fileKey(entry.device, entry.inode);
    if (this.#byFile.get(key) === generation) this.#byFile.delete(key);
    this.#change(generation);
  }

  /** Resolves when everything put so far is on disk. **Errors**: GATELOG_FILE_TAIL_REGISTRY_WRITE. */
  async sync(): Promise<void> {
    // A flush that is under way may have begun before the last put.
    await this.#flushing?.catch(() => {});
    if (this.#changed.size > 0 || this.#flushing !== undefined) await this.#flush();
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

  #remember(entry: RegistryEntry): void {
    this.#entries.set(entry.generation, entry);
    this.#byFile.set(fileKey(entry.device, entry.inode), entry.generation);
  }

  #change(generation: string): void {
    this.#changed.add(generation);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush().catch(() => {});
    }, this.#options.flushMs);
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
      if (this.#changed.size > 0) this.#changeLater();
    });
    return this.#flushing;
  }

  #changeLater(): void {
    const [first] = this.#changed;
    if (first !== undefined) this.#change(first);
  }

  async #write(): Promise<void> {
    const changed = this.#changed;
    this.#changed = new Set();
    try {
      if (this.#store.wantsReplacement) await this.#store.replace(this.#entries.values());
      else await this.#store.append([...changed].map((generation) => this.#recordOf(generation)));
      this.#problem = undefined;
    } catch (error) {
      for (const generation of changed) this.#changed.add(generation);
      if (this.#problem === undefined) this.#options.onEvent?.({ type: "registryWriteFailed", error });
      this.#problem = `the registry cannot be written: ${messageOf(error)}`;
      throw new FileTailError("GATELOG_FILE_TAIL_REGISTRY_WRITE", this.#problem, error);
    }
  }

  #recordOf(generation: string): RegistryRecord {
    const entry = this.#entries.get(generation);
    return entry === undefined ? { k: "drop", generation } : { k: "put", ...entry };
  }
}

function fileKey(device: string, inode: string): string {
  return `${device}:${inode}`;
}
