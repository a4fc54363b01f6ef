import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "./errors.ts";

/** What the registry does to the disk: few enough for a test to write them down and to build what a power loss may leave. */
export interface RegistryDisk {
  list(directory: string): Promise<readonly string[]>;
  /** A new and empty file of this user alone. */
  create(path: string): Promise<RegistryDiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** After it, what was created, renamed and removed in the directory survives a power loss. */
  syncDirectory(path: string): Promise<void>;
}

export interface RegistryDiskFile {
  /** Writes all of the bytes at this position. */
  write(bytes: Buffer, position: number): Promise<void>;
  /** After it, what was written survives a power loss. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Whether the file still has a name. */
  isLinked(): Promise<boolean>;
  close(): Promise<void>;
}

/** The disk as it is. */
export const nodeDisk: RegistryDisk = {
  list: (directory) => readdir(directory),
  create: async (path) => new NodeFile(await open(path, "w", 0o600)),
  rename,
  remove: (path) => rm(path, { force: true }),
  async syncDirectory(path) {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

class NodeFile implements RegistryDiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const result = await this.#handle.write(bytes, written, bytes.length - written, position + written);
      written += result.bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  async isLinked(): Promise<boolean> {
    return (await this.#handle.stat()).nlink > 0;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Makes a directory, and those above it, whose names survive a power loss. */
export async function makeDurableDirectory(path: string): Promise<void> {
  const first = (await mkdir(path, { recursive: true, mode: 0o700 })) ?? path;
  for (let at = path; at.length >= first.length && at !== dirname(at); at = dirname(at)) await syncParent(dirname(at));
}

async function syncParent(path: string): Promise<void> {
  try {
    await nodeDisk.syncDirectory(path);
  } catch (error) {
    // Whoever may not read the directory may use one in it that somebody else made.
    if (systemCode(error) !== "EACCES" && systemCode(error) !== "EPERM") throw error;
  }
}

export function isDiskFull(error: unknown): boolean {
  return systemCode(error) === "ENOSPC" || systemCode(error) === "EDQUOT";
}
