import { open, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "./error-code.ts";
import { logFileName } from "./log-names.ts";
import { syncDirectory } from "./sync-directory.ts";

/** Where one start of a gateway writes. */
export interface LogFilesOptions {
  readonly dir: string;
  readonly gateway: string;
  readonly boot: string;
  /** Told of a file that could not be synced when it was left: what was not yet on disk may be lost with the machine's power. */
  readonly onUnsynced?: (path: string, error: unknown) => void;
}

/** The part of a file that writing needs; a test may put a failing disk in its place. */
export interface WritableFile {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
  /** Resolves when all that was written is on disk. */
  sync(): Promise<void>;
  /** False when its name is gone or leads to another file, so that new readers would not find it. */
  isInPlace(): Promise<boolean>;
  close(): Promise<void>;
}

/** Makes a new file for appending, mode 0600, its name on disk; rejects when there is one already. */
export type OpenFile = (path: string) => Promise<WritableFile>;

/** Names in a row that may be taken already. */
const attemptsMax = 100;

/** The files of one start, one after the other: each has a higher `n` than the one before, and none is ever renamed or opened again. */
export class LogFiles {
  readonly #options: LogFilesOptions;
  readonly #open: OpenFile;
  #current: WritableFile | undefined;
  #finishing: Promise<void> = Promise.resolve();
  #n = 0;
  /** Path of the current file. */
  path = "";
  /** Bytes in the current file. */
  bytes = 0;

  constructor(options: LogFilesOptions, openFile: OpenFile = openNew) {
    this.#options = options;
    this.#open = openFile;
  }

  /** Goes over to the next file; the one before is synced and closed meanwhile. Rejects when the next cannot be made; then nothing changes. */
  async next(): Promise<void> {
    await this.#finishing;
    const opened = await this.#openNext();
    this.#finish();
    this.#current = opened.file;
    this.path = opened.path;
    this.bytes = 0;
  }

  /** Writes some of the bytes from `offset`; resolves with how many. */
  async write(bytes: Uint8Array, offset: number): Promise<number> {
    if (this.#current === undefined) throw new Error("no log file is open");
    const { bytesWritten } = await this.#current.write(bytes, offset, bytes.length - offset);
    this.bytes += bytesWritten;
    return bytesWritten;
  }

  /** Resolves when the current file is on disk. After a rejection the file must be left: what it lacks is not known. */
  async sync(): Promise<void> {
    await this.#current?.sync();
  }

  /** True when the current file's name was removed, or leads to another file. */
  async isGone(): Promise<boolean> {
    const file = this.#current;
    if (file === undefined || (await file.isInPlace())) return false;
    return file === this.#current;
  }

  /** Syncs and closes the current file. Rejects when that fails. */
  async close(): Promise<void> {
    await this.#finishing;
    const last = this.#current;
    this.#current = undefined;
    if (last !== undefined) await finish(last);
  }

  async #openNext(): Promise<{ readonly file: WritableFile; readonly path: string }> {
    const { dir, gateway, boot } = this.#options;
    for (let attempts = 1; ; attempts++) {
      const path = join(dir, logFileName(gateway, boot, this.#n + 1));
      try {
        const file = await this.#open(path);
        this.#n += 1;
        return { file, path };
      } catch (error) {
        if (codeOf(error) !== "EEXIST" || attempts === attemptsMax) throw error;
        // Somebody has made it, or an attempt that failed half-way has.
        this.#n += 1;
      }
    }
  }

  /** Only one is finished at a time, so that a slow disk does not gather them. */
  #finish(): void {
    const { path } = this;
    if (this.#current === undefined) return;
    this.#finishing = finish(this.#current).catch((error: unknown) => this.#options.onUnsynced?.(path, error));
  }
}

async function finish(file: WritableFile): Promise<void> {
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

const openNew: OpenFile = async (path) => {
  const handle: FileHandle = await open(path, "ax", 0o600);
  try {
    // A record in a file whose name is lost with the power is lost, too.
    await syncDirectory(dirname(path));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    write: (bytes, offset, length) => handle.write(bytes, offset, length),
    // Of the file's own data it syncs the size, too, when that has grown.
    sync: () => handle.datasync(),
    isInPlace: () => isInPlace(handle, path),
    close: () => handle.close(),
  };
};

async function isInPlace(handle: FileHandle, path: string): Promise<boolean> {
  const own = await handle.stat();
  if (own.nlink === 0) return false;
  try {
    const named = await stat(path);
    return named.ino === own.ino && named.dev === own.dev;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
