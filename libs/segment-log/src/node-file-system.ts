import { watch as watchPath } from "node:fs";
import { mkdir, open, readdir, rename, unlink, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
// @ts-expect-error The package brings no types. Imported by name, so that a bundler sees that it must come along.
import { tryLock } from "fs-native-extensions";
import type { FileLock, FileSystem, FileWatch, LogFile } from "./file-system.ts";

/** Takes an exclusive lock of the kernel's; false when another open file has it. Locks belong to the open file, on Linux (F_OFD_SETLK). */
const lockFile = tryLock as (fd: number) => boolean;

const fileMode = 0o600;
const directoryMode = 0o700;
const flags = { read: "r", write: "r+", create: "wx+" } as const;

/** The machine's file system. Locks are kernel locks: they end with the process, however it ends. */
export const nodeFileSystem: FileSystem = {
  open: async (path, mode) => new NodeFile(await open(path, flags[mode], fileMode)),
  readdir: (path) => readdir(path),
  makeDirectory,
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
  syncDirectory,
  lock,
  watch,
};

class NodeFile implements LogFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.#handle.read(buffer, done, buffer.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(buffer: Uint8Array, position: number): Promise<void> {
    let done = 0;
    // A full disk first shows as a short write; the next one then says ENOSPC.
    while (done < buffer.length) {
      const { bytesWritten } = await this.#handle.write(buffer, done, buffer.length - done, position + done);
      done += bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: directoryMode });
  if (first === undefined) return;
  // Each new name lives in its parent, which must be synced for the name to survive a power loss.
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === first || dirname(made) === made) return;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function lock(path: string): Promise<FileLock | undefined> {
  const handle = await open(path, "a+", fileMode);
  if (lockFile(handle.fd)) return { release: () => handle.close() };
  await handle.close();
  return undefined;
}

function watch(path: string, onChange: () => void): FileWatch {
  try {
    const watcher = watchPath(path, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    // No watches left on this machine (ENOSPC, EMFILE): whoever waits also polls.
    return { close: () => undefined };
  }
}
