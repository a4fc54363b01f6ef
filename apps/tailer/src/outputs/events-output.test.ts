import { appendFile, mkdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LineBatch } from "@gatelog/file-tail";
import { DeliveryError, systemClock } from "@gatelog/pipeline";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EncodedEvent, EventEncoder } from "../event-encoder.ts";
import { DeadLetterFile } from "./dead-letter-file.ts";
import { type EventSink, EventsOutput } from "./events-output.ts";

const file = { input: "a", path: "/logs/a.log", device: "1", inode: "2", generation: Buffer.alloc(16, 7) };
const encoder = new EventEncoder({
  name: "web-1",
  version: "1.2.3",
  windowsMax: 2,
  beat: "gatelog-tailer",
  inputFieldsOf: () => ({}),
  seedTimeZoneOf: () => "UTC",
});

function batchOf(...lines: string[]): LineBatch {
  const batch = new LineBatch({ linesMax: lines.length, bytesMax: 1 });
  const buffer = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  batch.open(file, buffer);
  let at = 0;
  for (const line of lines) {
    const end = at + Buffer.byteLength(line);
    batch.add(at, end, at, end + 1, 0);
    at = end + 1;
  }
  return batch;
}

/** A sink that takes everything except what begins with "bad". */
function pickySink(): EventSink & { readonly taken: string[] } {
  const taken: string[] = [];
  return {
    taken,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    status: () => ({ ready: true }),
    write(events: readonly EncodedEvent[]) {
      const lines = events.map(({ line }) => line.toString());
      if (lines.some((line) => line.startsWith("bad")))
        return Promise.reject(new DeliveryError("GATELOG_TEST_REFUSED", "the store refuses it", { permanent: true }));
      taken.push(...lines);
      return Promise.resolve();
    },
  };
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let path: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory.path, "dead-letters.ndjson");
});
afterEach(() => directory.remove());

function outputOf(sink: EventSink) {
  const told = { deadLetters: 0, retries: 0, leftOut: 0 };
  const reports = {
    retrying: () => void (told.retries += 1),
    delivered: () => {},
    deadLettered: () => void (told.deadLetters += 1),
    leftOut: (count: number) => void (told.leftOut += count),
  };
  const retry = { minMs: 1, maxMs: 20 };
  const output = new EventsOutput({ sink, retry, encoder, clock: systemClock, reports, deadLetters: new DeadLetterFile(path) });
  return { output, told };
}

const letters = async () =>
  (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const forEver = new AbortController().signal;

test("an event that is refused for good is kept with its reason, and everything else goes on, in order", async () => {
  const sink = pickySink();
  const { output, told } = outputOf(sink);
  await output.start();
  // Dead letters are not delivered.
  expect(await output.deliver(batchOf("one", 'bad "世界"', "two", "bad again", "three"), forEver)).toBe(3);
  await output.stop();
  expect(sink.taken).toEqual(["one", "two", "three"]);
  expect(told.deadLetters).toBe(2);
  expect(await letters()).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      code: "GATELOG_TEST_REFUSED",
      reason: "the store refuses it",
      event: expect.objectContaining({ message: 'bad "世界"', gatelog: expect.objectContaining({ id: expect.any(String) }) }),
    },
    expect.objectContaining({ event: expect.objectContaining({ message: "bad again" }) }),
  ]);
});

test("an event that has no place in the output is counted, and neither delivered nor set aside", async () => {
  const sink = pickySink();
  const { output, told } = outputOf({ ...sink, wants: ({ line }) => line.toString() !== "mark" });
  expect(await output.deliver(batchOf("one", "mark", "two"), forEver)).toBe(2);
  expect([sink.taken, told.leftOut, told.deadLetters]).toEqual([["one", "two"], 1, 0]);
});

test("while dead letters cannot be kept the delivery waits, and then goes on", async () => {
  await mkdir(path);
  const sink = pickySink();
  const { output, told } = outputOf(sink);
  const delivered = output.deliver(batchOf("bad", "good"), forEver);
  await waitFor(() => told.retries > 2);
  expect(sink.taken).toEqual([]);
  await rm(path, { recursive: true });
  await delivered;
  await output.stop();
  expect(sink.taken).toEqual(["good"]);
  expect(await letters()).toHaveLength(1);
});

test("batches that are under way at the same time keep their letters whole; the file may be moved away between them", async () => {
  const { output } = outputOf(pickySink());
  await Promise.all(numbers(20).map((number) => output.deliver(batchOf(`bad ${number} ${"x".repeat(10_000)}`), forEver)));
  const moved = await letters();
  await rename(path, `${path}.1`);
  await output.deliver(batchOf("bad later"), forEver);
  await output.stop();
  expect(new Set(moved.map(({ event }) => (event as { log: { offset: number }; message: string }).message.slice(0, 6))).size).toBe(20);
  expect(await letters()).toHaveLength(1);
});

test("dead letters are bounded: over it the delivery waits, not ready, until the file is moved away", async () => {
  await writeFile(path, "");
  await truncate(path, 256 * 1024 * 1024);
  await appendFile(path, "\n");
  const { output } = outputOf(pickySink());
  const delivered = output.deliver(batchOf("bad"), forEver);
  await waitFor(() => !output.status().ready);
  expect(output.status().reason).toMatch(/dead-letters\.ndjson take \d+ bytes: send them again or move the file away/);
  await rename(path, `${path}.1`);
  await delivered;
  expect(output.status()).toEqual({ ready: true });
  await output.stop();
});

test("when a hundred in a row are refused it is the output that is wrong: it waits, not ready, and nothing further is set aside", async () => {
  const sink = pickySink();
  const { output, told } = outputOf(sink);
  const giveUp = new AbortController();
  const delivered = output.deliver(batchOf(...numbers(150).map((number) => `bad ${number}`)), giveUp.signal);
  await waitFor(() => !output.status().ready);
  expect(output.status().reason).toContain("the store refuses it");
  expect(told.deadLetters).toBe(100);
  giveUp.abort();
  await expect(delivered).rejects.toThrow("given up");
  await output.stop();
  expect(await letters()).toHaveLength(100);
});
