import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FileTailError, messageOf, systemCode } from "./errors.ts";
import { statusOf } from "./file-status.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import { loadRegistry, type RegistryDamage, type RegistryLoad, stateFileOf, stateNumbersOf } from "./registry-load.ts";

/** What is at an entry's path now. */
export interface PresentFile {
  /**
   * `same`: the file that the entry speaks of, as far as device and inode tell. `other`: another one, the entry's was renamed or
   * deleted. `none`: nothing. `unknown`: it may not be looked at.
   */
  readonly state: "same" | "other" | "none" | "unknown";
  /** Bytes of whatever file is there. */
  readonly sizeBytes?: number;
}

export interface InspectedEntry extends RegistryEntry {
  readonly present: PresentFile;
}

/** What a registry holds. */
export interface RegistryReport {
  readonly directory: string;
  /** The files of its state, the current one first. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** Set when the current file is damaged: the entries are then what a start would make of it. */
  readonly damage?: RegistryDamage;
  /** Inputs that were scanned completely once. */
  readonly inputs: readonly string[];
  readonly entries: readonly InspectedEntry[];
}

/** A running tail may remove a file between listing and reading it; a newer one is there then. */
const attemptsMax = 5;

/**
 * Says what a registry holds and what became of its files. Reads only, and takes no lock: also while a tail runs (what it
 * acknowledged within the last `registryFlushMs` may be missing), and also of a damaged one.
 *
 * **Errors**: GATELOG_FILE_TAIL_REGISTRY_DIRECTORY, GATELOG_FILE_TAIL_REGISTRY_VERSION.
 */
export async function inspectRegistry(directory: string): Promise<RegistryReport> {
  const { load, files } = await read(directory);
  const report = {
    directory,
    files,
    inputs: load.inputs,
    entries: load.entries.map((entry) => ({ ...entry, present: presentFileOf(entry) })),
  };
  return load.damage === undefined ? report : { ...report, damage: load.damage };
}

/** What is at an entry's path. */
export function presentFileOf({ path, device, inode }: RegistryEntry): PresentFile {
  try {
    const status = statusOf(path, true);
    if (status === undefined) return { state: "none" };
    const isSame = status.device === device && status.inode === inode;
    return { state: isSame ? "same" : "other", sizeBytes: status.size };
  } catch {
    return { state: "unknown" };
  }
}

async function read(directory: string): Promise<{ load: RegistryLoad; files: RegistryReport["files"] }> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const names = await readdir(directory);
      const load = await loadRegistry(directory, names);
      const states = stateNumbersOf(names).map(stateFileOf);
      const files = await Promise.all(states.map(async (name) => ({ name, bytes: (await stat(join(directory, name))).size })));
      return { load, files };
    } catch (error) {
      const isOvertaken = systemCode(error) === "ENOENT" && attempt < attemptsMax && (await exists(directory));
      if (error instanceof FileTailError) throw error;
      if (!isOvertaken)
        throw new FileTailError(
          "GATELOG_FILE_TAIL_REGISTRY_DIRECTORY",
          `cannot read the registry in ${directory}: ${messageOf(error)}`,
          error,
        );
    }
  }
}

async function exists(directory: string): Promise<boolean> {
  try {
    return (await stat(directory)).isDirectory();
  } catch {
    return false;
  }
}
