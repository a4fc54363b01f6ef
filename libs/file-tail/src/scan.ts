import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "./errors.ts";
import type { Glob } from "./glob.ts";

/** A regular file that matches, as the walk saw it. */
export interface ScannedFile {
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
}

export interface ScanResult {
  readonly files: readonly ScannedFile[];
  /** Whether everything could be looked at: only then a file that is not among them is gone. */
  readonly isComplete: boolean;
  /** The first thing that could not be looked at. */
  readonly failure?: { readonly path: string; readonly error: unknown };
}

/**
 * Walks the directories of `globs` and returns the regular files that match and are not excluded. Symbolic links are
 * not followed.
 *
 * **Guarantee**: never rejects; what cannot be looked at makes the result incomplete.
 */
export async function scan(globs: readonly Glob[], excluded: readonly Glob[]): Promise<ScanResult> {
  const files = new Map<string, ScannedFile>();
  let failure: { path: string; error: unknown } | undefined;
  const fail = (path: string, error: unknown) => {
    failure ??= { path, error };
  };
  for (const glob of globs) {
    for await (const path of walk(glob, fail)) {
      if (files.has(path) || excluded.some((other) => other.matches(path))) continue;
      const file = await look(path, fail);
      if (file !== undefined) files.set(path, file);
    }
  }
  const found = [...files.values()];
  return failure === undefined ? { files: found, isComplete: true } : { files: found, isComplete: false, failure };
}

type Fail = (path: string, error: unknown) => void;

async function* walk(glob: Glob, fail: Fail): AsyncGenerator<string, void, undefined> {
  const stack: string[][] = [[]];
  for (let names = stack.pop(); names !== undefined; names = stack.pop()) {
    const directory = join(glob.base, ...names);
    for (const entry of await list(directory, names.length === 0, fail)) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && names.length < glob.depthMax) {
        const below = [...names, entry.name];
        if (glob.mayLeadToMatch(below)) stack.push(below);
      } else if (entry.isFile() && glob.matches(path)) {
        yield path;
      }
    }
  }
}

async function list(directory: string, isBase: boolean, fail: Fail) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    // A directory below the base that went away since it was listed is gone; a base that is not there may be a mount that is missing.
    if (isBase || systemCode(error) !== "ENOENT") fail(directory, error);
    return [];
  }
}

async function look(path: string, fail: Fail): Promise<ScannedFile | undefined> {
  try {
    const status = await lstat(path, { bigint: true });
    if (!status.isFile()) return undefined;
    const { dev, ino, size, mtimeNs } = status;
    return { path, device: String(dev), inode: String(ino), size: Number(size), modifiedMs: Number(mtimeNs) / 1e6 };
  } catch (error) {
    if (systemCode(error) !== "ENOENT") fail(path, error);
    return undefined;
  }
}
