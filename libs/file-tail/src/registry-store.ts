import { join } from "node:path";
import type { RegistryEntry, RegistryRecord } from "./registry-codec.ts";
import { registryVersion } from "./registry-codec.ts";
import { isDiskFull, nodeDisk, type RegistryDisk } from "./registry-disk.ts";
import { isTemporary, loadRegistry, type RegistryContent, type RegistryLoad, stateFileOf, stateNumbersOf } from "./registry-load.ts";
import { RegistryWriter } from "./registry-writer.ts";

const damagedFile = "registry.damaged";
export interface RegistryStoreOptions {
  readonly directory: string;
  readonly disk?: RegistryDisk;
  /** A file is rewritten when what was appended is larger than this and than its snapshot. Default 1 MiB. */
  readonly appendedBytesMax?: number;
}

/** What was found on opening. */
export interface RegistryOpening {
  readonly store: RegistryStore;
  readonly load: RegistryLoad;
  /** Why the disk did not take a new file: it is full. Everything that was found is known all the same. */
  readonly failure?: unknown;
}

/**
 * The registry's files: each is a snapshot and what was appended to it; a new one replaces an old one when it is whole
 * and on disk, and the one before stays as the last good state.
 *
 * **Guarantee**: what `save` resolved for survives a power loss. On disk are at most two files, each at most twice as large as
 * its snapshot and 1 MiB, and while a third is written its snapshot.
 */
export class RegistryStore {
  readonly #directory: string;
  readonly #disk: RegistryDisk;
  readonly #appendedBytesMax: number;
  #number: number;
  #writer: RegistryWriter | undefined;
  #snapshotBytes = 0;
  #replaceAtBytes = 0;
  /** Whether the current file's name may still be taken back by a power loss. */
  #isNameDurable = true;

  /** **Errors**: GATELOG_FILE_TAIL_REGISTRY_VERSION; the system's. */
  static async open(options: RegistryStoreOptions): Promise<RegistryOpening> {
    const { directory, disk = nodeDisk } = options;
    const load = await loadRegistry(directory, await disk.list(directory));
    const store = new RegistryStore(options, load.number);
    try {
      await store.#replace(load);
      // Before the old ones go: a damaged file is not the one that is kept.
      const found = await store.#putDamagedAside(load);
      await store.#removeOld();
      return { store, load: found };
    } catch (failure) {
      if (isDiskFull(failure)) return { store, load, failure };
      await store.close();
      throw failure;
    }
  }

  private constructor({ directory, disk = nodeDisk, appendedBytesMax = 1024 * 1024 }: RegistryStoreOptions, number: number) {
    this.#directory = directory;
    this.#disk = disk;
    this.#appendedBytesMax = appendedBytesMax;
    this.#number = number;
  }

  /**
   * Writes what changed; `content` is everything, of which a new file is made where that is due. Neither is asked for before its
   * turn, so that what changes meanwhile is either in it, or a change of the next `save`.
   */
  async save(changes: Iterable<RegistryRecord>, content: RegistryContent): Promise<void> {
    if (!this.#isNameDurable) await this.#makeNameDurable();
    if (await this.#replaceIfDue(content)) return;
    const writer = this.#writer;
    if (writer === undefined) throw new Error("nothing was saved before");
    try {
      await writer.append(changes);
    } finally {
      if (!writer.isUsable) await this.#abandon();
    }
  }

  close(): Promise<void> {
    return this.#abandon();
  }

  /** False when what changed may be, or has to be, appended. */
  async #replaceIfDue(content: RegistryContent): Promise<boolean> {
    if (this.#writer !== undefined && this.#writer.bytes < this.#replaceAtBytes) return false;
    try {
      await this.#replace(content);
      await this.#removeOld();
      return true;
    } catch (error) {
      if (this.#writer === undefined || !isDiskFull(error)) throw error;
      // A full disk may have room for a few records where it has none for everything.
      this.#replaceAtBytes = this.#writer.bytes + this.#appendedBytesMax;
      return false;
    }
  }

  /** Writes a new file with everything and makes it the current one. */
  async #replace(content: RegistryContent): Promise<void> {
    const number = this.#number + 1;
    const path = join(this.#directory, stateFileOf(number));
    const writer = await this.#writeSnapshot(path, content);
    // From here on it is what a next start reads.
    await this.#abandon();
    this.#writer = writer;
    this.#number = number;
    this.#snapshotBytes = writer.bytes;
    this.#replaceAtBytes = writer.bytes + Math.max(this.#appendedBytesMax, this.#snapshotBytes);
    this.#isNameDurable = false;
    await this.#makeNameDurable();
  }

  async #writeSnapshot(path: string, content: RegistryContent): Promise<RegistryWriter> {
    const temporary = `${path}.tmp`;
    let writer: RegistryWriter | undefined;
    try {
      writer = await RegistryWriter.create(this.#disk, temporary, path);
      await writer.append(snapshotOf(content));
      await this.#disk.rename(temporary, path);
      return writer;
    } catch (error) {
      await writer?.close();
      // What it took is needed by others.
      await this.#disk.remove(temporary).catch(() => {});
      throw error;
    }
  }

  async #makeNameDurable(): Promise<void> {
    await this.#disk.syncDirectory(this.#directory);
    this.#isNameDurable = true;
  }

  /** Keeps the damaged file, of which everything that is intact stands in the new one by now, for whoever wants to know what happened. */
  async #putDamagedAside(load: RegistryLoad): Promise<RegistryLoad> {
    if (load.damage === undefined) return load;
    const file = join(this.#directory, damagedFile);
    await this.#disk.rename(load.damage.file, file);
    return { ...load, damage: { ...load.damage, file } };
  }

  /** Keeps the current file and the one before it. What cannot be removed is tried again with the next replacement. */
  async #removeOld(): Promise<void> {
    try {
      const names = await this.#disk.list(this.#directory);
      const old = stateNumbersOf(names).slice(2);
      for (const name of [...old.map(stateFileOf), ...names.filter(isTemporary)]) await this.#disk.remove(join(this.#directory, name));
    } catch {
      // Everything is saved all the same.
    }
  }

  async #abandon(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.close();
  }
}

function* snapshotOf({ entries, inputs }: RegistryContent): Generator<RegistryRecord, void, undefined> {
  yield { k: "head", v: registryVersion };
  for (const id of inputs) yield { k: "input", id };
  for (const entry of entries) yield putOf(entry);
  yield { k: "end" };
}

export function putOf(entry: RegistryEntry): RegistryRecord {
  return { k: "put", ...entry };
}
