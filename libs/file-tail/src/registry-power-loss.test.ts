import { rm } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom, seedOfRun, temporaryDirectory, type SeededRandom } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  anything,
  type DiskOperation,
  everything,
  nothingMore,
  type PowerLoss,
  recordingDisk,
  writeImage,
} from "./recording-disk.test-helper.ts";
import { Registry } from "./registry.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import { nodeDisk } from "./registry-disk.ts";
import type { FileTailEvent } from "./types.ts";

let root: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  const directory = await temporaryDirectory("gatelog-power-loss-");
  root = directory.path;
  remove = () => directory.remove();
});
afterEach(() => remove());

/** What was put of a generation: its offsets in order, undefined where it was dropped. */
type History = (number | undefined)[];

/** A registry's life as the disk saw it, and what was promised at which point of it. */
class Life {
  readonly operations: DiskOperation[] = [];
  readonly #histories = new Map<string, History>();
  /** After how many operations how much of each history was synced. */
  readonly #promises: { readonly after: number; readonly steps: ReadonlyMap<string, number> }[] = [];

  /** Puts and drops of a few generations, synced now and then, over several starts and rewrites. */
  async live(directory: string, random: SeededRandom, steps: number): Promise<void> {
    let registry = await this.#start(directory);
    for (let step = 1; step <= steps; step += 1) {
      this.#change(registry, random);
      if (random.next() < 0.4) await this.#sync(registry);
      if (step % 12 !== 0) continue;
      await this.#sync(registry);
      await registry.close();
      registry = await this.#start(directory);
    }
    await this.#sync(registry);
    await registry.close();
  }

  /** What is wrong with what a registry knows after so many operations and a power loss; empty: nothing. */
  wrong(known: Registry, after: number): string[] {
    const promise = this.#promises.findLast((made) => made.after <= after);
    const problems: string[] = [];
    for (const [generation, history] of this.#histories) {
      const offset = known.get(generation)?.offset;
      const synced = promise?.steps.get(generation) ?? 0;
      // What was synced last, or anything that was put since; before the first sync, also nothing.
      const allowed = synced === 0 ? [undefined, ...history] : history.slice(synced - 1);
      if (!allowed.includes(offset)) problems.push(`${generation}: ${offset}, allowed ${allowed.join(", ")}`);
    }
    for (const { generation } of known.entries()) if (!this.#histories.has(generation)) problems.push(`${generation} was never put`);
    return problems;
  }

  #start(directory: string): Promise<Registry> {
    return Registry.open({ dir: directory, flushMs: 60_000, disk: recordingDisk(nodeDisk, this.operations), appendedBytesMax: 800 });
  }

  #change(registry: Registry, random: SeededRandom): void {
    const number = random.integer(1, 6);
    const generation = number.toString(16).padStart(32, "0");
    const history = this.#histories.get(generation) ?? [];
    this.#histories.set(generation, history);
    if (random.next() < 0.15) {
      registry.drop(generation);
      history.push(undefined);
    } else {
      history.push(history.length + 1);
      registry.put(entryOf(number, generation, history.length));
    }
  }

  async #sync(registry: Registry): Promise<void> {
    await registry.sync();
    this.#promises.push({
      after: this.operations.length,
      steps: new Map([...this.#histories].map(([generation, history]) => [generation, history.length])),
    });
  }
}

function entryOf(number: number, generation: string, offset: number): RegistryEntry {
  const tail = offset % 2 === 0 ? undefined : { length: offset, hash: "0123456789abcdef0123456789abcdef" };
  const entry = { generation, input: "test", path: `/logs/日志-${number}.log`, device: "1", inode: String(number), offset };
  return { ...entry, fingerprint: { length: 3, hash: "abc" }, ...(tail === undefined ? {} : { tail }) };
}

/** Opens what the power loss left, twice, and returns what is wrong with it. */
async function openImage(life: Life, after: number, loss: PowerLoss): Promise<{ wrong: string[]; damaged: boolean }> {
  const directory = join(root, "image");
  await writeImage(directory, life.operations.slice(0, after), loss);
  const events: FileTailEvent[] = [];
  const wrong: string[] = [];
  const open = () => Registry.open({ dir: directory, flushMs: 60_000, onEvent: (event) => events.push(event) });
  try {
    for (let start = 1; start <= 2; start += 1) {
      const registry = await open();
      wrong.push(...life.wrong(registry, after).map((problem) => `start ${start}: ${problem}`));
      await registry.close();
    }
  } catch (error) {
    wrong.push(`it does not open: ${String(error)}`);
  }
  // What was damaged is mended by the first start.
  if (events.length > 1) wrong.push(`${events.length} events`);
  await rm(directory, { recursive: true });
  return { wrong, damaged: events.some((event) => event.type === "registryDamaged") };
}

async function newLife(random: SeededRandom, steps: number): Promise<Life> {
  const life = new Life();
  await life.live(join(root, "registry"), random, steps);
  return life;
}

test("after every step of the disk a power loss leaves what was synced, whether what was not survived or not", async () => {
  const random = seededRandom(seedOfRun());
  const life = await newLife(random, 40);
  expect(life.operations.filter(({ type }) => type === "rename").length, "rewrites").toBeGreaterThan(4);
  const losses: [string, PowerLoss][] = [
    ["nothing more", nothingMore],
    ["everything", everything],
    ["names only", { ...nothingMore, names: Number.POSITIVE_INFINITY }],
    ["bytes only", { ...everything, names: 0 }],
    ["the first name", { ...everything, names: 1 }],
  ];
  for (let after = 0; after <= life.operations.length; after += 1) {
    for (const [what, loss] of losses) {
      const { wrong, damaged } = await openImage(life, after, loss);
      expect(wrong, `seed ${random.seed}, ${after} operations, ${what}`).toEqual([]);
      expect(damaged, `seed ${random.seed}, ${after} operations, ${what}`).toBe(false);
    }
  }
}, 120_000);

test("a write that is torn at any byte leaves what was synced before it", async () => {
  const random = seededRandom(seedOfRun());
  const life = await newLife(random, 30);
  const writes = life.operations.flatMap((operation, index) => (operation.type === "write" ? [{ operation, index }] : []));
  // One of a snapshot, one of what was appended to it; the smallest, for each byte takes two starts.
  const isSnapshot = ({ operation }: (typeof writes)[number]) => operation.position === 0;
  const bySize = writes.toSorted((one, other) => one.operation.bytes.length - other.operation.bytes.length);
  const snapshot = bySize.find((write) => isSnapshot(write) && write.operation.bytes.length > 300);
  const appended = bySize.find((write) => !isSnapshot(write));
  for (const { operation, index } of [snapshot, appended].filter((write) => write !== undefined)) {
    for (let bytes = 0; bytes <= operation.bytes.length; bytes += 1) {
      const torn = { names: Number.POSITIVE_INFINITY, bytesOf: () => bytes, hasZeros: bytes % 2 === 1 };
      const { wrong, damaged } = await openImage(life, index + 1, torn);
      expect(wrong, `seed ${random.seed}, write ${index} torn at ${bytes}`).toEqual([]);
      expect(damaged, `seed ${random.seed}, write ${index} torn at ${bytes}`).toBe(false);
    }
  }
}, 120_000);

test("whatever else a power loss makes of what was not synced, what was synced is there", async () => {
  const random = seededRandom(seedOfRun());
  const life = await newLife(random, 60);
  for (let image = 0; image < 400; image += 1) {
    const after = random.integer(1, life.operations.length);
    const { wrong } = await openImage(life, after, anything(random));
    expect(wrong, `seed ${random.seed}, image ${image}, ${after} operations`).toEqual([]);
  }
}, 120_000);

test("the check finds a registry that does not sync", async () => {
  const random = seededRandom(seedOfRun());
  const life = await newLife(random, 40);
  const unsynced = life.operations.filter(({ type }) => type !== "sync");
  life.operations.splice(0, life.operations.length, ...unsynced);
  const { wrong } = await openImage(life, unsynced.length, nothingMore);
  expect(wrong).not.toEqual([]);
});
