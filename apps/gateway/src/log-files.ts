import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { logFileName } from "./log-names.ts";

/** Where one start of a gateway writes. */
export interface LogFilesOptions {
  readonly dir: string;
  readonly gateway: string;
  readonly boot: string;
}

/** The part of a file that writing needs; a test may put a failing disk in its place. */
export interface WritableFile {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
  sync(): Promise<void>;
  stat(): Promise<{ readonly nlink: number }>;
  close(): Promise<void>;
}

/** Makes a new file for appending, mode 0600; rejects when there is one already. */
export type OpenFile = (path: string) => Promise<WritableFile>;

/** The files of one start, one after the other: the next is `n + 1`, and none is ever renamed or opened again. */
export class LogFiles {
  readonly #options: LogFilesOptions;
  readonly #open: OpenFile;
  #current: WritableFile | undefined;
  #n = 0;
  /** Bytes in the current file. */
  bytes = 0;

  constructor(options: LogFilesOptions, openFile: OpenFile = openNew) {
    this.#options = options;
    this.#open = openFile;
  }

  /** Path of the current file. */
  get path(): string {
    const { dir, gateway, boot } = this.#options;
    return join(dir, logFileName(gateway, boot, this.#n));
  }

  /** Goes over to the next file, then syncs and closes the one before. Rejects when the next cannot be made; then nothing changes. */
  async next(): Promise<void> {
    const { dir, gateway, boot } = this.#options;
    const opened = await this.#open(join(dir, logFileName(gateway, boot, this.#n + 1)));
    const before = this.#current;
    this.#current = opened;
    this.#n += 1;
    this.bytes = 0;
    if (before !== undefined) await finish(before).catch(() => undefined);
  }

  /** Writes some of the bytes from `offset`; resolves with how many. */
  async write(bytes: Uint8Array, offset: number): Promise<number> {
    if (this.#current === undefined) throw new Error("no log file is open");
    const { bytesWritten } = await this.#current.write(bytes, offset, bytes.length - offset);
    this.bytes += bytesWritten;
    return bytesWritten;
  }

  /** True when nobody can read the current file any more, because its name was removed. */
  async isGone(): Promise<boolean> {
    return this.#current !== undefined && (await this.#current.stat()).nlink === 0;
  }

  async close(): Promise<void> {
    const last = this.#current;
    this.#current = undefined;
    if (last !== undefined) await finish(last);
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
  return {
    write: (bytes, offset, length) => handle.write(bytes, offset, length),
    sync: () => handle.sync(),
    stat: () => handle.stat(),
    close: () => handle.close(),
  };
};
