import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom, seedOfRun, temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Registry } from "./registry.ts";
import { encodeRecord, type RegistryEntry } from "./registry-codec.ts";
import { decodeRegistry } from "./registry-decoder.ts";
import type { FileTailEvent } from "./types.ts";

let dir: string;
let events: FileTailEvent[];
let remove: () => Promise<void>;
beforeEach(async () => {
  const directory = await temporaryDirectory("gatelog-registry-");
  dir = join(directory.path, "registry");
  events = [];
  remove = () => directory.remove();
});
afterEach(() => remove());

function open(flushMs = 5): Promise<Registry> {
  return Registry.open({ dir, flushMs, onEvent: (event) => events.push(event) });
}

function entry(number: number, offset = 0): RegistryEntry {
  const generation = number.toString(16).padStart(32, "0");
  return {
    generation,
    input: "test",
    path: `/logs/日志-${number}.log`,
    device: "1",
    inode: String(number),
    fingerprint: { length: 3, hash: "abc" },
    offset,
  };
}

async function stateFiles(): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.endsWith(".state")).sort((a, b) => a.localeCompare(b));
}

async function newest(): Promise<string> {
  return join(dir, (await stateFiles()).at(-1) ?? "");
}

/** Bytes of everything in the directory. */
async function bytesOnDisk(): Promise<number> {
  const sizes = (await readdir(dir)).map(async (name) => (await stat(join(dir, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** What a process that begins now would know. */
async function reopened(): Promise<Map<string, number>> {
  const registry = await open();
  const offsets = new Map([...registry.entries()].map((found) => [found.inode, found.offset]));
  await registry.close();
  return offsets;
}

test("what was put is there after a close, what was dropped is not", async () => {
  const registry = await open();
  for (const number of [1, 2, 3]) registry.put(entry(number, number * 10));
  registry.put(entry(2, 25));
  registry.drop(entry(3).generation);
  await registry.close();
  expect(await reopened()).toEqual(
    new Map([
      ["1", 10],
      ["2", 25],
    ]),
  );
});

test("after sync everything is on disk, also when several call it at once", async () => {
  const registry = await open(60_000);
  await Promise.all(
    [1, 2, 3, 4, 5].map(async (number) => {
      registry.put(entry(number));
      await registry.sync();
      expect(decodeRegistry(await readFile(await newest())).entries.get(entry(number).generation)).toEqual(entry(number));
    }),
  );
  await registry.close();
});

test("without a sync it is on disk a moment later", async () => {
  const registry = await open(5);
  registry.put(entry(1, 7));
  await waitFor(async () => decodeRegistry(await readFile(await newest())).entries.size === 1);
  await registry.close();
});

test("two tails never share a registry", async () => {
  const registry = await open();
  await expect(open()).rejects.toMatchObject({ code: "GATELOG_FILE_TAIL_LOCKED", message: expect.stringContaining(dir) });
  await registry.close();
  await (await open()).close();
});

test("a directory that cannot be used is one clear error", async () => {
  await writeFile(dir, "a file is in the way");
  await expect(open()).rejects.toMatchObject({ code: "GATELOG_FILE_TAIL_REGISTRY_DIRECTORY", message: expect.stringContaining(dir) });
});

test("a registry of a newer version is left alone", async () => {
  await mkdir(dir);
  const file = join(dir, "registry-00000007.state");
  await writeFile(file, encodeRecord({ k: "head", v: 3 }) + encodeRecord({ k: "end" }));
  await expect(open()).rejects.toMatchObject({ code: "GATELOG_FILE_TAIL_REGISTRY_VERSION", message: expect.stringContaining(file) });
  expect(await stateFiles()).toEqual(["registry-00000007.state"]);
});

test("a registry of version 1 is read, and written as version 2", async () => {
  await mkdir(dir);
  const old = [
    { k: "head", v: 1 } as const,
    { k: "put", ...entry(1, 10) } as const,
    { k: "end" } as const,
    { k: "put", ...entry(2, 20) } as const,
  ];
  await writeFile(join(dir, "registry-00000007.state"), old.map(encodeRecord).join(""));
  expect(await reopened()).toEqual(
    new Map([
      ["1", 10],
      ["2", 20],
    ]),
  );
  expect(events).toEqual([]);
  expect(decodeRegistry(await readFile(await newest()))).toMatchObject({ version: 2 });
});

test("everything that an entry may hold is there after a restart", async () => {
  const whole: RegistryEntry = {
    ...entry(1, 10),
    tail: { length: 10, hash: "00112233445566778899aabbccddeeff" },
    missingSince: 1,
    endedSince: 2,
    compressed: true,
    rotated: true,
    modifiedMs: 3.5,
  };
  let registry = await open();
  registry.put(whole);
  await registry.close();
  registry = await open();
  expect([...registry.entries()]).toEqual([whole]);
  await registry.close();
});

test("an ended generation is not found by device and inode; another one of the same inode is", async () => {
  let registry = await open();
  const [old, young] = [entry(1, 10), { ...entry(2, 20), inode: "1" }];
  registry.put(old);
  registry.put(young);
  expect(registry.find("1", "1")).toBe(young);
  registry.put({ ...young, endedSince: 5 });
  expect(registry.find("1", "1")).toBe(old);
  expect([...registry.ended()]).toEqual([{ ...young, endedSince: 5 }]);
  await registry.close();
  registry = await open();
  expect(registry.find("1", "1")).toEqual(old);
  registry.drop(old.generation);
  expect(registry.find("1", "1")).toBeUndefined();
  registry.drop(young.generation);
  expect([...registry.ended()]).toEqual([]);
  await registry.close();
});

test("an input that was seen once is seen for ever", async () => {
  let registry = await open();
  expect(registry.hasSeen("a")).toBe(false);
  registry.markSeen("a");
  registry.markSeen("a");
  await registry.sync();
  registry.markSeen("b");
  await registry.close();
  for (let start = 0; start < 2; start += 1) {
    registry = await open();
    expect(["a", "b", "c"].map((id) => registry.hasSeen(id))).toEqual([true, true, false]);
    await registry.close();
  }
});

test("the end of a file that was cut by a crash is no damage", async () => {
  const registry = await open();
  registry.put(entry(1, 5));
  await registry.close();
  await appendFile(await newest(), encodeRecord({ k: "put", ...entry(1, 9) }).slice(0, 40));
  expect(await reopened()).toEqual(new Map([["1", 5]]));
  expect(events).toEqual([]);
});

test("invalid_state: a damaged registry falls back to what is intact, loudly, and keeps the damaged file", async () => {
  const registry = await open();
  for (const number of [1, 2, 3]) registry.put(entry(number, 10));
  await registry.close();
  await (await open()).close();
  const file = await newest();
  const bytes = await readFile(file);
  bytes[bytes.indexOf("日志-2")] = 0x21;
  await writeFile(file, bytes);
  // The second record comes from the file before, the others from the damaged one.
  expect(await reopened()).toEqual(
    new Map([
      ["2", 10],
      ["1", 10],
      ["3", 10],
    ]),
  );
  expect(events).toEqual([{ type: "registryDamaged", file: join(dir, "registry.damaged"), damagedRecords: 1, recoveredFiles: 3 }]);
  expect(await readFile(join(dir, "registry.damaged"))).toEqual(bytes);
  events = [];
  expect((await reopened()).size).toBe(3);
  expect(events).toEqual([]);
});

test.each([
  ["empty", () => Buffer.alloc(0)],
  ["zeros", () => Buffer.alloc(4096)],
  ["garbage", () => Buffer.from("garbage\nmore\n")],
  ["one endless line", () => Buffer.alloc(3_000_000, 0x61)],
  ["a record that is none", () => Buffer.from(encodeRecord(null as never) + encodeRecord({ k: "put" } as never))],
  ["cut in the middle", (whole: Buffer) => whole.subarray(0, whole.length / 2)],
  ["without its first byte", (whole: Buffer) => whole.subarray(1)],
])("invalid_state: a newest file that is %s leaves what the one before it holds", async (_what, damage) => {
  const registry = await open();
  for (const number of [1, 2, 3]) registry.put(entry(number, 10));
  await registry.close();
  await (await open()).close();
  const file = await newest();
  await writeFile(file, damage(await readFile(file)));
  events = [];
  const offsets = await reopened();
  expect([...offsets].toSorted(([one], [other]) => Number(one) - Number(other))).toEqual([
    ["1", 10],
    ["2", 10],
    ["3", 10],
  ]);
  expect(events).toMatchObject([{ type: "registryDamaged", recoveredFiles: 3 }]);
  // Twice over: what was mended stays so.
  await writeFile(await newest(), "garbage\n");
  expect((await reopened()).size).toBe(3);
});

test("invalid_state: a registry of which nothing is intact starts empty, loudly", async () => {
  await mkdir(dir);
  await writeFile(join(dir, "registry-00000003.state"), Buffer.from("garbage\nmore\n"));
  expect(await reopened()).toEqual(new Map());
  expect(events).toMatchObject([{ type: "registryDamaged", damagedRecords: 2, recoveredFiles: 0 }]);
});

test("damage behind the snapshot brings nothing back that was dropped before it", async () => {
  const registry = await open();
  for (const number of [1, 2]) registry.put(entry(number, 10));
  await registry.close();
  let again = await open();
  again.drop(entry(2).generation);
  await again.close();
  again = await open();
  again.put(entry(3, 10));
  await again.close();
  const file = await newest();
  await appendFile(file, "garbage\n");
  expect([...(await reopened()).keys()]).toEqual(["1", "3"]);
  expect(events).toMatchObject([{ damagedRecords: 1 }]);
});

test("flipped bits anywhere never stop it from opening, and never invent an offset", async () => {
  const random = seededRandom(seedOfRun());
  for (let round = 0; round < 40; round += 1) {
    const registry = await open();
    const offsets = new Map<string, Set<number>>();
    for (let number = 1; number <= 5; number += 1) {
      offsets.set(
        String(number),
        new Set([...registry.entries()].filter((known) => known.inode === String(number)).map(({ offset }) => offset)),
      );
      for (let step = 0; step < 3; step += 1) {
        const offset = random.integer(0, 1000);
        registry.put(entry(number, offset));
        offsets.get(String(number))?.add(offset);
        await registry.sync();
      }
    }
    await registry.close();
    const file = await newest();
    const bytes = await readFile(file);
    for (let flip = random.integer(1, 3); flip > 0; flip -= 1) {
      const at = random.integer(0, bytes.length - 1);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(0, 7));
    }
    await writeFile(file, bytes);
    for (const [inode, offset] of await reopened()) expect([...(offsets.get(inode) ?? [])], `seed ${random.seed}`).toContain(offset);
  }
});

test("bounded registry: after a million puts it is not larger on disk than its entries make it", async () => {
  const registry = await open(60_000);
  const entries = 200;
  let bytesMax = 0;
  for (let put = 1; put <= 1_000_000; put += 1) {
    registry.put(entry(put % entries, put));
    if (put % 5000 !== 0) continue;
    await registry.sync();
    if (put % 100_000 === 0) bytesMax = Math.max(bytesMax, await bytesOnDisk());
  }
  // Files that come and go leave nothing behind.
  for (let number = entries; number < 20_000; number += 1) {
    registry.put(entry(number));
    if (number % 1000 === 0) await registry.sync();
    registry.drop(entry(number).generation);
  }
  await registry.sync();
  bytesMax = Math.max(bytesMax, await bytesOnDisk());
  const snapshotBytes = [...registry.entries()].reduce((bytes, known) => bytes + encodeRecord({ k: "put", ...known }).length + 10, 0);
  // Two files, each a snapshot, what may be appended to it, and the last of what was.
  expect(bytesMax).toBeLessThan(2 * (snapshotBytes + 1024 * 1024 + 500_000));
  await registry.close();
  const offsets = await reopened();
  expect([...offsets.values()].toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: entries }, (_, index) => 1_000_000 - entries + 1 + index),
  );
}, 60_000);

test("while many entries are written, whatever else there is to do gets its turn, and what is put meanwhile is not lost", async () => {
  const registry = await open(60_000);
  for (let number = 1; number <= 10_000; number += 1) registry.put(entry(number, 1));
  await registry.sync();
  registry.put(entry(1, 2));
  let turns = 0;
  let isDone = false;
  const others = () => {
    turns += 1;
    registry.put(entry(turns % 10_000, 3));
    registry.drop(entry(5000 + (turns % 1000)).generation);
    registry.put(entry(20_000 + turns, 4));
    if (!isDone) setImmediate(others);
  };
  setImmediate(others);
  // More was appended than the snapshot is large: this one rewrites it.
  await registry.sync();
  isDone = true;
  const files = await stateFiles();
  expect(files).toHaveLength(2);
  expect(turns).toBeGreaterThan(20);
  const expected = new Map([...registry.entries()].map((known) => [known.inode, known.offset]));
  await registry.close();
  expect(await reopened()).toEqual(expected);
});

test("a registry of many entries takes a few changes by writing a few records", async () => {
  const registry = await open(60_000);
  for (let number = 1; number <= 10_000; number += 1) registry.put(entry(number));
  await registry.close();
  const again = await open(60_000);
  const before = await bytesOnDisk();
  for (let number = 1; number <= 10; number += 1) again.put(entry(number, 7));
  await again.sync();
  expect((await bytesOnDisk()) - before).toBeLessThan(10 * 400);
  await again.close();
});

test("a registry that cannot be written says so, keeps everything, and is whole again when it can", async () => {
  const registry = await open(5);
  registry.put(entry(1, 1));
  await registry.sync();
  await rm(dir, { recursive: true });
  // The open file still takes what is appended, but nobody would ever find it.
  for (let number = 1; number <= 9000; number += 1) registry.put(entry(number, 2));
  await expect(registry.sync()).rejects.toMatchObject({ code: "GATELOG_FILE_TAIL_REGISTRY_WRITE" });
  registry.put(entry(1, 3));
  await expect(registry.sync()).rejects.toMatchObject({ code: "GATELOG_FILE_TAIL_REGISTRY_WRITE" });
  expect(registry.problem).toMatch(/cannot be written/);
  expect(events.filter((event) => event.type === "registryWriteFailed")).toHaveLength(1);
  await mkdir(dir);
  await waitFor(() => registry.problem === undefined);
  expect(decodeRegistry(await readFile(await newest()))).toMatchObject({ damagedRecords: 0, hasWholeSnapshot: true });
  await registry.close();
  const offsets = await reopened();
  expect(offsets.size).toBe(9000);
  expect(offsets.get("1")).toBe(3);
});
