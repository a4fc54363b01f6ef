import { Buffer } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Appends lines to a file, durably.
 *
 * **Guarantee**: when `append` resolved, the bytes survive a power loss; when it rejected, none of them are left in the file, so
 * that they can be appended again. Opened, the file ends with a line end: what a crash left of a line was never acknowledged, and
 * is cut off.
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
    // Readable, for the end of what is there.
    const handle = await open(this.#path, "a+", 0o600);
    try {
      const { size } = await handle.stat();
      this.#bytes = await endOfLines(handle, size);
      if (this.#bytes < size) await handle.truncate(this.#bytes);
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

const pieceBytes = 64 * 1024;

/** The offset behind the last line end. */
async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  const piece = Buffer.alloc(Math.min(pieceBytes, size));
  for (let end = size; end > 0; end -= piece.length) {
    const start = Math.max(0, end - piece.length);
    const { bytesRead } = await handle.read(piece, 0, end - start, start);
    const at = piece.subarray(0, bytesRead).lastIndexOf("\n");
    if (at >= 0) return start + at + 1;
  }
  return 0;
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
