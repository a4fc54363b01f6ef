import type { SeededRandom } from "@gatelog/testkit";
import type { Cursor } from "../cursor.ts";
import type { FileSystem } from "../file-system.ts";
import { openCursor } from "../open-cursor.ts";
import { openSegmentLog } from "../open-segment-log.ts";
import type { SegmentLog } from "../segment-log.ts";
import { takeTurns, type MemoryDisk } from "./memory-disk.ts";

/** What a log said to its users, or they to it, written down between the disk's operations. */
export type Promised =
  | { readonly type: "append"; readonly payloads: readonly Buffer[] }
  | { readonly type: "appended"; readonly payloads: readonly Buffer[]; readonly first: number }
  | { readonly type: "commit"; readonly cursor: string; readonly next: number }
  | { readonly type: "committed"; readonly cursor: string; readonly next: number };

export const workloadDirectory = "/log";
export const workloadCursors: readonly string[] = ["a", "b"];
export const workloadSizes = { segmentBytesMax: 4096, bytesMax: 16 * 4096 } as const;

/** A program that uses a log: its view of the disk, and its end by SIGKILL. */
export interface WorkloadProcess {
  readonly fileSystem: FileSystem;
  kill(): void;
}

/** A log in use: appends together and alone, two cursors at their own pace, full segments, freed segments, new openings, killed processes. */
export async function runWorkload(
  disk: MemoryDisk<Promised>,
  options: { random: SeededRandom; steps: number; startProcess: () => WorkloadProcess },
): Promise<void> {
  const workload = new Workload(disk, options.startProcess, options.random);
  await workload.open();
  for (let step = 0; step < options.steps; step += 1) await workload.step();
  await workload.close();
}

/** A payload nobody else has: its number, then random bytes, some of which look like records. */
export function makePayload(random: SeededRandom, number: number): Buffer {
  const head = Buffer.from(`#${number}#`);
  const body = Buffer.alloc(random.pick([0, 1, 20, 200, 900]) + random.integer(0, 40));
  for (let at = 0; at < body.length; at += 1) body[at] = random.pick([0x47, 0x4c, 0x52, 0x31, 0, random.integer(0, 255)]);
  return Buffer.concat([head, body]);
}

class Workload {
  readonly #disk: MemoryDisk<Promised>;
  readonly #startProcess: () => WorkloadProcess;
  readonly #random: SeededRandom;
  #process: WorkloadProcess;
  #log: SegmentLog | undefined;
  #cursors: Cursor[] = [];
  #number = 0;

  constructor(disk: MemoryDisk<Promised>, startProcess: () => WorkloadProcess, random: SeededRandom) {
    this.#disk = disk;
    this.#startProcess = startProcess;
    this.#random = random;
    this.#process = startProcess();
  }

  async open(): Promise<void> {
    const context = { dir: workloadDirectory, fileSystem: this.#process.fileSystem };
    this.#log = await openSegmentLog({ ...context, ...workloadSizes, cursors: workloadCursors });
    this.#cursors = [];
    for (const name of workloadCursors) this.#cursors.push(await openCursor({ ...context, name }));
  }

  async close(): Promise<void> {
    for (const cursor of this.#cursors) await cursor.close();
    await this.#log?.close();
  }

  async step(): Promise<void> {
    const log = this.#log;
    if (log === undefined) return;
    // A full log would wait for these cursors, which only this loop moves.
    const crowded = log.bytes > workloadSizes.bytesMax / 2 && this.#cursors.some((cursor) => cursor.committed < log.endOffset);
    const chance = this.#random.next();
    if (crowded) for (const cursor of this.#cursors) await this.#consume(cursor, 1_000);
    else if (chance < 0.3) await Promise.all([this.#append(log), ...this.#cursors.map((cursor) => this.#consume(cursor, 1_000))]);
    else if (chance < 0.7) await Promise.all(Array.from({ length: this.#random.integer(1, 3) }, () => this.#append(log)));
    else if (chance < 0.9) await this.#consume(this.#random.pick(this.#cursors), this.#random.integer(1, 30));
    else if (chance < 0.95) await this.#killWithin(log);
    else {
      await this.close();
      await this.open();
    }
  }

  /** Kills the process while it appends and reads, and starts a new one. */
  async #killWithin(log: SegmentLog): Promise<void> {
    const work = [this.#append(log), this.#append(log), ...this.#cursors.map((cursor) => this.#consume(cursor, 5))];
    const settled = Promise.allSettled(work);
    await takeTurns(this.#random.integer(0, 12));
    this.#process.kill();
    // Only to end its timers and what waits for space: nothing of it reaches the disk.
    await this.close().catch(() => undefined);
    await settled;
    this.#process = this.#startProcess();
    await this.open();
  }

  async #append(log: SegmentLog): Promise<void> {
    const payloads = Array.from({ length: this.#random.integer(1, 6) }, () => {
      this.#number += 1;
      return makePayload(this.#random, this.#number);
    });
    this.#disk.mark({ type: "append", payloads });
    const { first } = await log.append(payloads);
    this.#disk.mark({ type: "appended", payloads, first });
  }

  async #consume(cursor: Cursor, recordsMax: number): Promise<void> {
    const { next } = await cursor.read({ recordsMax, bytesMax: 2_000, waitMsMax: 0 });
    this.#disk.mark({ type: "commit", cursor: cursor.name, next });
    await cursor.commit(next);
    this.#disk.mark({ type: "committed", cursor: cursor.name, next });
  }
}
