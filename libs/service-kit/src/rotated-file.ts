import type { Buffer } from "node:buffer";
import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import { AppendFile, syncDirectory } from "./append-file.ts";
import { codeOf } from "./local-checks.ts";

export interface RotatedFileOptions {
  readonly path: string;
  /** A file that would become larger is rotated first. **Units**: bytes */
  readonly rotateBytesMax: number;
  /** How many there are, the one that is written to included. */
  readonly filesMax: number;
}

/** Lines that are appended durably, as `AppendFile` says, to a file that is rotated by size. */
export class RotatedFile {
  readonly #options: RotatedFileOptions;
  #file: AppendFile;

  constructor(options: RotatedFileOptions) {
    this.#options = options;
    this.#file = new AppendFile(options.path);
  }

  open(): Promise<void> {
    return this.#file.open();
  }

  async append(bytes: Buffer): Promise<void> {
    await this.#file.open();
    if (this.#file.bytes > 0 && this.#file.bytes + bytes.length > this.#options.rotateBytesMax) await this.#rotate();
    await this.#file.append(bytes);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** x.2 → x.3, x.1 → x.2, x → x.1; what is over filesMax is overwritten. */
  async #rotate(): Promise<void> {
    const { path, filesMax } = this.#options;
    await this.#file.close();
    for (let number = filesMax - 1; number >= 1; number -= 1) {
      await rename(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`).catch(ignoreMissing);
    }
    await syncDirectory(dirname(path));
    this.#file = new AppendFile(path);
  }
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== "ENOENT") throw error;
}
