import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Appends to a file, durably.
 *
 * **Guarantee**: when `append` resolved, the bytes survive a power loss; when it rejected, none of them are left in the file, so
 * that they can be appended again.
 */
export class AppendFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Size of the file; 0 before the first append. */
  get bytes(): number {
    return this.#bytes;
  }

  async open(): Promise<void> {
    if (this.#handle !== undefined) return;
    const handle = await open(this.#path, "a", 0o600);
    try {
      this.#bytes = (await handle.stat()).size;
      await syncDirectory(dirname(this.#path));
      this.#handle = handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async append(bytes: Buffer): Promise<void> {
    await this.open();
    const handle = this.#handle as FileHandle;
    try {
      for (let written = 0; written < bytes.length;) written += (await handle.write(bytes, written)).bytesWritten;
      await handle.datasync();
      this.#bytes += bytes.length;
    } catch (error) {
      await this.#takeBack(handle);
      throw error;
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** A handle that failed is not used again: what it holds is unknown. */
  async #takeBack(handle: FileHandle): Promise<void> {
    try {
      await handle.truncate(this.#bytes);
    } finally {
      await this.close();
    }
  }
}

/** Makes new names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
