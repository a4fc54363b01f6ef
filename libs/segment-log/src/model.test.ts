import type { SeededRandom } from "@gatelog/testkit";
import { describe, expect, it } from "vitest";
import type { Cursor } from "./cursor.ts";
import type { SegmentLogEvent } from "./events.ts";
import { openCursor } from "./open-cursor.ts";
import { openSegmentLog } from "./open-segment-log.ts";
import type { SegmentLog } from "./segment-log.ts";
import { MemoryDisk, takeTurns, type MemoryProcess } from "./test/memory-disk.ts";
import { replayable } from "./test/replayable.ts";
import { makePayload } from "./test/workload.ts";

const dir = "/log";
const names = ["a", "b", "c"];
const sizes = { segmentBytesMax: 4096, bytesMax: 1024 * 1024 };
const walks = 15;
const stepsPerWalk = 300;

/** What a log is, told without a disk: a list of records, and numbers. */
interface Model {
  readonly records: string[];
  readonly cursors: Map<string, { committed: number; position: number }>;
}

/** A log, its cursors and the model, moved together; each in its own process, as in the product. */
class Walk {
  readonly #random: SeededRandom;
  readonly #disk = new MemoryDisk();
  readonly #model: Model = { records: [], cursors: new Map() };
  readonly #cursors = new Map<string, { process: MemoryProcess; cursor: Cursor }>();
  readonly #events: SegmentLogEvent[] = [];
  readonly counts: Record<string, number> = {};
  #writer: { process: MemoryProcess; log: SegmentLog } | undefined;
  #number = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  async run(steps: number): Promise<void> {
    await this.#openWriter();
    for (let step = 0; step < steps; step += 1) {
      const [name, action] = this.#random.pick(this.#actions());
      this.counts[name] = (this.counts[name] ?? 0) + 1;
      await action();
      this.#compare();
    }
    await this.#closeAll();
  }

  #actions(): [string, () => Promise<void>][] {
    return [
      ["append", () => this.#append()],
      ["append", () => this.#append()],
      ["append", () => this.#append()],
      ["read", () => this.#read()],
      ["read", () => this.#read()],
      ["read", () => this.#read()],
      ["commit", () => this.#commit()],
      ["commit", () => this.#commit()],
      ["seek", () => this.#seek()],
      ["reopen writer", () => this.#reopenWriter()],
      ["reopen cursor", () => this.#reopenCursor()],
      ["kill writer", () => this.#killWriter()],
      ["kill cursor", () => this.#killCursor()],
    ];
  }

  async #openWriter(): Promise<void> {
    const process = this.#disk.startProcess(this.#random);
    const log = await openSegmentLog({ dir, ...sizes, cursors: names, fileSystem: process, onEvent: this.#hear(process) });
    this.#writer = { process, log };
    // Of what was in flight at a kill, the log decides how much there is: a beginning of it, never more and never a part from the middle.
    const { records } = this.#model;
    expect(this.#writer.log.endOffset).toBeLessThanOrEqual(records.length);
    records.length = this.#writer.log.endOffset;
  }

  /** A dead process says nothing. */
  #hear(process: MemoryProcess): (event: SegmentLogEvent) => void {
    return (event) => {
      if (process.alive) this.#events.push(event);
    };
  }

  #payloads(): Buffer[] {
    return Array.from({ length: this.#random.integer(1, 12) }, () => {
      this.#number += 1;
      return makePayload(this.#random, this.#number);
    });
  }

  async #append(): Promise<void> {
    const groups = Array.from({ length: this.#random.integer(1, 3) }, () => this.#payloads());
    const appended = await Promise.all(groups.map((group) => this.#log.append(group)));
    groups.forEach((group, index) => {
      expect(appended[index]).toEqual({ first: this.#model.records.length, next: this.#model.records.length + group.length });
      this.#model.records.push(...group.map((payload) => payload.toString("latin1")));
    });
  }

  async #read(): Promise<void> {
    const [cursor, state] = await this.#anyCursor();
    const { records, next } = await cursor.read({
      recordsMax: this.#random.integer(1, 40),
      bytesMax: this.#random.pick([1, 100, 3_000, 1_000_000]),
      waitMsMax: 0,
    });
    const expected = this.#model.records.slice(state.position, state.position + records.length);
    expect(records.map((record) => record.payload.toString("latin1"))).toEqual(expected);
    expect(records.map((record) => record.offset)).toEqual(expected.map((_, index) => state.position + index));
    expect(next).toBe(state.position + records.length);
    if (records.length === 0) expect(state.position).toBe(this.#model.records.length);
    state.position = next;
  }

  async #commit(): Promise<void> {
    const [cursor, state] = await this.#anyCursor();
    const next = this.#random.integer(0, state.position);
    await cursor.commit(next);
    state.committed = Math.max(state.committed, next);
  }

  async #seek(): Promise<void> {
    const [cursor, state] = await this.#anyCursor();
    await cursor.refresh();
    state.position = this.#random.integer(state.committed, this.#model.records.length);
    cursor.seek(state.position);
  }

  async #reopenWriter(): Promise<void> {
    await this.#log.close();
    await this.#openWriter();
  }

  async #reopenCursor(): Promise<void> {
    const [cursor, state] = await this.#anyCursor();
    await cursor.close();
    this.#cursors.delete(cursor.name);
    state.position = state.committed;
  }

  async #killWriter(): Promise<void> {
    const groups = [this.#payloads(), this.#payloads()];
    const settled = Promise.allSettled(groups.map((group) => this.#log.append(group)));
    for (const group of groups) this.#model.records.push(...group.map((payload) => payload.toString("latin1")));
    const before = this.#model.records.length - groups.flat().length;
    await takeTurns(this.#random.integer(0, 12));
    this.#writer?.process.kill();
    await this.#log.close().catch(() => undefined);
    const outcomes = await settled;
    await this.#openWriter();
    const acknowledged = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value.next] : []));
    expect(this.#model.records.length).toBeGreaterThanOrEqual(Math.max(before, ...acknowledged));
  }

  async #killCursor(): Promise<void> {
    const [cursor, state] = await this.#anyCursor();
    const next = this.#random.integer(state.committed, state.position);
    const committing = cursor.commit(next).catch(() => undefined);
    await takeTurns(this.#random.integer(0, 4));
    this.#cursors.get(cursor.name)?.process.kill();
    await committing;
    await cursor.close().catch(() => undefined);
    this.#cursors.delete(cursor.name);
    const again = (await this.#openCursor(cursor.name)).cursor;
    expect([state.committed, next]).toContain(again.committed);
    this.#model.cursors.set(cursor.name, { committed: again.committed, position: again.committed });
  }

  async #anyCursor(): Promise<[Cursor, { committed: number; position: number }]> {
    const name = this.#random.pick(names);
    const { cursor } = this.#cursors.get(name) ?? (await this.#openCursor(name));
    const state = this.#model.cursors.get(name) ?? { committed: 0, position: 0 };
    this.#model.cursors.set(name, state);
    return [cursor, state];
  }

  async #openCursor(name: string) {
    const process = this.#disk.startProcess(this.#random);
    const cursor = await openCursor({ dir, name, fileSystem: process, onEvent: this.#hear(process) });
    const opened = { process, cursor };
    this.#cursors.set(name, opened);
    return opened;
  }

  #compare(): void {
    expect(this.#events.filter((event) => event.type !== "tail-cut")).toEqual([]);
    expect(this.#log.endOffset).toBe(this.#model.records.length);
    for (const [name, { cursor }] of this.#cursors) {
      const state = this.#model.cursors.get(name);
      expect({ committed: cursor.committed, position: cursor.position }).toEqual(state);
      expect(this.#log.stats().firstOffset).toBeLessThanOrEqual(cursor.committed);
    }
  }

  async #closeAll(): Promise<void> {
    for (const { cursor } of this.#cursors.values()) await cursor.close();
    await this.#log.close();
  }

  get #log(): SegmentLog {
    if (this.#writer === undefined) throw new Error("the writer is not open");
    return this.#writer.log;
  }
}

describe("random walks of appends, reads, commits, seeks, new openings and kills", () => {
  it("never leave the model: a list of records and a number for each cursor", { timeout: 120_000 }, async () => {
    await replayable(async (random) => {
      const counts: Record<string, number> = {};
      for (let walk = 0; walk < walks; walk += 1) {
        const one = new Walk(random);
        await one.run(stepsPerWalk);
        for (const [name, count] of Object.entries(one.counts)) counts[name] = (counts[name] ?? 0) + count;
      }
      // Every kind of step must have been taken, or the walk proves less than it says.
      expect(Object.keys(counts)).toHaveLength(8);
    });
  });
});
