import { statfs } from "node:fs/promises";
import type { Pressure } from "./log-writer.ts";

/** Bytes of a file system that this user may still fill. */
export type ReadFreeBytes = (dir: string) => Promise<number>;

/** What the watch of the disk's free space reports. */
export type SpaceEvent =
  | { readonly type: "space"; readonly pressure: Pressure; readonly freeBytes: number }
  | { readonly type: "space-unknown"; readonly error: unknown };

/** Which disk is watched, and from where on it counts as full. */
export interface FreeSpaceOptions {
  readonly dir: string;
  /** Below it bodies are left out, below half of it calls are refused; 0: neither. */
  readonly freeBytesMin: number;
  readonly onEvent: (event: SpaceEvent) => void;
  /** Asks the file system by default. */
  readonly read?: ReadFreeBytes | undefined;
}

/** Room that must come back above a threshold before it counts as passed, so that nothing flutters about it. */
const hysteresis = 1.1;

/**
 * Watches the free space of the log's disk.
 *
 * **Guarantee**: each change of `pressure` is reported once. While the space cannot be read, the last reading stands.
 */
export class FreeSpace {
  readonly #options: FreeSpaceOptions;
  #isReading = false;
  #freeBytes = 0;
  #pressure: Pressure = "none";

  constructor(options: FreeSpaceOptions) {
    this.#options = options;
  }

  get pressure(): Pressure {
    return this.#pressure;
  }

  /** At the last reading; 0 before the first. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** Reads the free space; to be called every second or so. */
  async check(): Promise<void> {
    const { dir, read = readFreeBytes, onEvent } = this.#options;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const freeBytes = await read(dir);
      this.#freeBytes = freeBytes;
      const pressure = this.#pressureAt(freeBytes);
      if (pressure === this.#pressure) return;
      this.#pressure = pressure;
      onEvent({ type: "space", pressure, freeBytes });
    } catch (error) {
      onEvent({ type: "space-unknown", error });
    } finally {
      this.#isReading = false;
    }
  }

  #pressureAt(freeBytes: number): Pressure {
    const { freeBytesMin } = this.#options;
    const refuseBelow = (freeBytesMin / 2) * (this.#pressure === "refuse" ? hysteresis : 1);
    if (freeBytes < refuseBelow) return "refuse";
    return freeBytes < freeBytesMin * (this.#pressure === "none" ? 1 : hysteresis) ? "shed" : "none";
  }
}

async function readFreeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
