import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { FileTailError, messageOf } from "./errors.ts";
import { encodeRecord, type RegistryEntry, type RegistryRecord, registryVersion } from "./registry-codec.ts";
import { type DecodedRegistry, readRegistryFile } from "./registry-decoder.ts";

/** What was found on opening. */
export interface RegistryLoad {
  readonly entries: readonly RegistryEntry[];
  readonly inputs: readonly string[];
  /** The file that was damaged and how much of it, when it was. */
  readonly damage?: { readonly file: string; readonly damagedRecords: number };
}

const filePattern = /^registry-(\d{8})\.state$/;
const damagedFile = "registry.damaged";
/** A file is rewritten when what was appended is larger than this and than four times the snapshot. */
const appendedBytesMax = 1024 * 1024;

/**
 * The registry's files: each is a snapshot and what was appended to it; a new one replaces an old one when it is whole
 * and on disk, and the one before stays as the last good state.
 *
 * **Guarantee**: what `append` or `replace` resolved for survives a power loss.
 */
export class RegistryStore {
  readonly #dir: string;
  #number: number;
  #handle: FileHandle | undefined;
  #snapshotBytes = 0;
  #appendedBytes = 0;

  /** **Errors**: GATELOG_FILE_TAIL_REGISTRY_DIRECTORY, GATELOG_FILE_TAIL_REGISTRY_VERSION. */
  static async open(dir: string): Promise<{ store: RegistryStore; load: RegistryLoad }> {
    const files = await listFiles(dir);
    const load = await loadLatest(dir, files);
    const store = new RegistryStore(dir, numberOf(files[0]));
    await store.replace(load);
    return { store, load };
  }

  private constructor(dir: string, number: number) {
    this.#dir = dir;
    this.#number = number;
  }

  /** Whether it is time to `replace` rather than to `append`: also after a failure, when the end of the file is unknown. */
  get wantsReplacement(): boolean {
    return this.#handle === undefined || this.#appendedBytes > Math.max(appendedBytesMax, 4 * this.#snapshotBytes);
  }

  async append(records: readonly RegistryRecord[]): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) throw new Error("append before replace");
    const bytes = Buffer.from(records.map(encodeRecord).join(""));
    try {
      await writeAll(handle, bytes);
      await handle.datasync();
      this.#appendedBytes += bytes.length;
    } catch (error) {
      await this.#abandon();
      throw error;
    }
  }

  /** Writes a new file with all entries and makes it the current one. */
  async replace({ entries, inputs }: { readonly entries: Iterable<RegistryEntry>; readonly inputs: Iterable<string> }): Promise<void> {
    await this.#abandon();
    const lines = [encodeRecord({ k: "head", v: registryVersion })];
    for (const id of inputs) lines.push(encodeRecord({ k: "input", id }));
    for (const entry of entries) lines.push(encodeRecord({ k: "put", ...entry }));
    lines.push(encodeRecord({ k: "end" }));
    const bytes = Buffer.from(lines.join(""));
    const number = this.#number + 1;
    const path = join(this.#dir, nameOf(number));
    const temporary = `${path}.tmp`;
    const handle = await open(temporary, "w", 0o600);
    try {
      await writeAll(handle, bytes);
      await handle.sync();
      await rename(temporary, path);
      await syncDirectory(this.#dir);
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.#handle = handle;
    this.#number = number;
    this.#snapshotBytes = bytes.length;
    this.#appendedBytes = 0;
    await this.#removeOld();
  }

  close(): Promise<void> {
    return this.#abandon();
  }

  async #abandon(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** Keeps the current file and the one before it. */
  async #removeOld(): Promise<void> {
    for (const name of await listFiles(this.#dir)) {
      if (numberOf(name) < this.#number - 1) await rm(join(this.#dir, name), { force: true });
    }
  }
}

async function listFiles(dir: string): Promise<string[]> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const names = await readdir(dir);
    return names.filter((name) => filePattern.test(name)).sort((a, b) => numberOf(b) - numberOf(a));
  } catch (error) {
    throw new FileTailError("GATELOG_FILE_TAIL_REGISTRY_DIRECTORY", `cannot use the registry directory ${dir}: ${messageOf(error)}`, error);
  }
}

/** Reads the newest file; where its snapshot is damaged, the older ones first, so that what is intact in it is laid over them. */
async function loadLatest(dir: string, files: readonly string[]): Promise<RegistryLoad> {
  const layers: DecodedRegistry[] = [];
  let damage: RegistryLoad["damage"];
  for (const file of files) {
    const decoded = await readRegistryFile(join(dir, file));
    checkVersion(decoded, join(dir, file));
    layers.unshift(decoded);
    if (decoded.damagedRecords > 0 || !decoded.hasWholeSnapshot)
      damage ??= { file: join(dir, damagedFile), damagedRecords: decoded.damagedRecords };
    if (decoded.hasWholeSnapshot) break;
  }
  if (damage !== undefined && files[0] !== undefined) await keepDamaged(dir, files[0]);
  const entries = new Map<string, RegistryEntry>();
  const inputs = new Set<string>();
  for (const layer of layers) {
    for (const generation of layer.dropped) entries.delete(generation);
    for (const [generation, entry] of layer.entries) entries.set(generation, entry);
    for (const id of layer.inputs) inputs.add(id);
  }
  const found = { entries: [...entries.values()], inputs: [...inputs] };
  return damage === undefined ? found : { ...found, damage };
}

function checkVersion({ version }: DecodedRegistry, path: string): void {
  if (version === undefined || version <= registryVersion) return;
  throw new FileTailError(
    "GATELOG_FILE_TAIL_REGISTRY_VERSION",
    `${path} has version ${version}, this program knows versions up to ${registryVersion}; run the newer one or choose another directory`,
  );
}

/** Puts the damaged file aside for whoever wants to know what happened; the last such file is kept. */
async function keepDamaged(dir: string, file: string): Promise<void> {
  const handle = await open(join(dir, damagedFile), "w", 0o600);
  try {
    await writeAll(handle, await readFile(join(dir, file)));
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const result = await handle.write(bytes, written, bytes.length - written);
    written += result.bytesWritten;
  }
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function numberOf(name: string | undefined): number {
  return Number(name === undefined ? 0 : (filePattern.exec(name)?.[1] ?? 0));
}

function nameOf(number: number): string {
  return `registry-${String(number).padStart(8, "0")}.state`;
}
