import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StartError } from "./start-error.ts";

/**
 * Creates the directory where it is missing and proves with a small file that it can be written.
 *
 * @param key the configuration key that names the directory, e.g. `buffer.dir`
 * **Errors**: StartError, one sentence.
 */
export async function ensureWritableDirectory(path: string, key: string): Promise<void> {
  try {
    await makeDirectory(path);
    const probe = join(path, `${probeName}${randomUUID()}`);
    await writeFile(probe, "", { mode: 0o600, flag: "wx" });
    await rm(probe);
  } catch (error) {
    throw notWritable(path, key, error);
  }
}

/** For `--check`: whether `ensureWritableDirectory` would succeed, without creating the directory. **Errors**: StartError, one sentence. */
export function checkWritableDirectory(path: string, key: string): void {
  try {
    rmdirSync(mkdtempSync(join(nearestThatIs(path), probeName)));
  } catch (error) {
    throw notWritable(path, key, error);
  }
}

const probeName = ".gatelog-write-probe-";

/** Level by level, for in a file system that takes no new names, such as /proc, Node's recursive mkdir never comes back. */
async function makeDirectory(path: string): Promise<void> {
  if (isDirectory(path)) return;
  if (dirname(path) !== path) await makeDirectory(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function nearestThatIs(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestThatIs(dirname(path));
}

function notWritable(path: string, key: string, error: unknown): StartError {
  return new StartError(`cannot write in the directory ${path}: ${reasonOf(error)}`, { key, cause: error });
}

/** Where a server wanted to listen. */
export interface ListenTarget {
  /** The configuration key of the port, e.g. `listen.port`. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** The StartError for a server that could not listen: the port is taken, not allowed, or the host is not this machine's. */
export function listenError(error: unknown, target: ListenTarget): StartError {
  const { key, host, port } = target;
  const code = codeOf(error);
  const sentence = listenSentences[code ?? ""]?.(host, port) ?? `cannot listen on ${host}:${port}: ${reasonOf(error)}`;
  return new StartError(sentence, { key, cause: error });
}

const listenSentences: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) => `port ${port} on ${host} is taken by another process; stop that one or choose another port`,
  EACCES: (host, port) => `no permission to listen on ${host}:${port}; ports below 1024 need a privilege, choose another port`,
  EADDRNOTAVAIL: (host, port) => `cannot listen on ${host}:${port}: ${host} is not an address of this machine`,
  ENOTFOUND: (host, port) => `cannot listen on ${host}:${port}: the name ${host} cannot be resolved`,
};

const reasons: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EEXIST: "there is a file with this name",
  ENOENT: "its file system takes no new directories; choose another place",
  ENOTDIR: "a part of the path is a file, not a directory",
};

/** The system's code of an error, such as ENOENT; undefined where it has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  return reasons[codeOf(error) ?? ""] ?? (error instanceof Error ? error.message : String(error));
}
