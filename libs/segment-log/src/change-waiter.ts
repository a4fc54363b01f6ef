import type { FileSystem, FileWatch } from "./file-system.ts";

/** Waits for a path to change: woken by change notices, and by its own poll where those are lost. */
export class ChangeWaiter {
  readonly #watch: FileWatch;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(fileSystem: FileSystem, path: string) {
    this.#watch = fileSystem.watch(path, () => this.notify());
  }

  /** Ends the wait that is going on, or the next one. */
  notify(): void {
    this.#changed = true;
    this.#wake?.();
  }

  /** Resolves at a change since the last wait, after `ms`, or when `signal` aborts. One wait at a time. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#changed && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        this.#wake = wake;
        signal?.addEventListener("abort", wake, { once: true });
      });
      this.#wake = undefined;
    }
    this.#changed = false;
  }

  close(): void {
    this.#watch.close();
    this.notify();
  }
}
