import { readFileSync, statSync, type Stats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { readFailure, StartError } from "@gatelog/service-kit";
import type { FilterContext } from "./filter.ts";

/** How often a file is looked at, unless its filter says something else. */
export const refreshMsDefault = 10_000;

export interface WatchedFileOptions<T> {
  readonly path: string;
  /** What the file is, for messages: `the table of translate`. */
  readonly what: string;
  readonly refreshMs: number;
  /** Makes the value of the file's bytes. **Errors**: what is wrong with them, as a sentence. */
  readonly parse: (bytes: Buffer) => T;
  readonly onNotice: FilterContext["onNotice"];
}

/**
 * A file's content, read anew when the file is another one.
 *
 * **Guarantee**: a file that is gone, or broken, leaves what was read before at work, with one notice; it is tried again when it changes. **Errors** of the
 * first reading: StartError.
 */
export class WatchedFile<T> {
  readonly #options: WatchedFileOptions<T>;
  readonly #timer: NodeJS.Timeout;
  #value: T;
  /** The file as it was when it was last tried. */
  #tried: string;
  #isReading = false;

  constructor(options: WatchedFileOptions<T>) {
    this.#options = options;
    const { path, what, parse, refreshMs } = options;
    try {
      this.#tried = signatureOf(statSync(path));
      this.#value = parse(readFileSync(path));
    } catch (error) {
      throw new StartError(`${what} cannot be used: ${reasonOf(error, path)}`);
    }
    // It is no reason for the process to stay.
    this.#timer = setInterval(() => void this.#look(), refreshMs).unref();
  }

  get value(): T {
    return this.#value;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      await this.#readIfChanged();
    } finally {
      this.#isReading = false;
    }
  }

  async #readIfChanged(): Promise<void> {
    const { path, what, parse, onNotice } = this.#options;
    let signature = "gone";
    try {
      signature = signatureOf(await stat(path));
      if (signature === this.#tried) return;
      const bytes = await readFile(path);
      // Somebody writes it just now: the next look is early enough.
      if (signatureOf(await stat(path)) !== signature) return;
      this.#value = parse(bytes);
      onNotice({ level: "info", message: `${what} was read anew from ${path}` });
    } catch (error) {
      if (signature !== this.#tried)
        onNotice({ level: "warn", message: `${what} cannot be used any more, so that the one before stays: ${reasonOf(error, path)}` });
    }
    this.#tried = signature;
  }
}

function signatureOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [ino, size, mtimeMs, ctimeMs].join(" ");
}

function reasonOf(error: unknown, path: string): string {
  if (error instanceof Error && "code" in error && "syscall" in error) return `${path}: ${readFailure(error)}`;
  return `${path}: ${error instanceof Error ? error.message : String(error)}`;
}
