import { join } from "node:path";
import { backOff, DeliveryError, PartialDeliveryError, systemClock } from "@gatelog/pipeline";
import { type Cursor, openCursor } from "@gatelog/segment-log";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DeadLetter, decodeDeadLetter, deadLetterCursor, DeadLetters } from "./dead-letters.ts";
import { DurableLog } from "./durable-log.ts";
import type { EventSink } from "./event-sink.ts";
import { FilterChain } from "./filters/chain.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { Output, type OutputEvent } from "./output.ts";
import { encodeEvent } from "./plain-event.ts";
import type { WorkEvent } from "./work-event.ts";

const retry = () => backOff({ minMs: 1, maxMs: 20 });
const names = ["first", "second"];
const noFilters = new FilterChain([], 1000, { onFailure: () => undefined, again: (event) => event });

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let buffer: DurableLog;
let letters: DeadLetters;
let metrics: Metrics;
let events: OutputEvent[];
let running: Output[];

async function openLog(name: string, cursors: readonly string[], bytesMax: number): Promise<DurableLog> {
  const noted = { onEvent: () => undefined, onRetry: () => undefined };
  return DurableLog.open({ dir: join(directory.path, name), bytesMax, cursors, clock: systemClock, retry: retry(), ...noted });
}

beforeEach(async () => {
  directory = await temporaryDirectory();
  buffer = await openLog("events", names, 16 * 1024 * 1024);
  letters = new DeadLetters(await openLog("dead-letters", [deadLetterCursor], 64 * 1024), systemClock);
  metrics = createMetrics(new Registry());
  events = [];
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((output) => output.stop(AbortSignal.abort())));
  await letters.close();
  await buffer.close();
  await directory.remove();
});

/** A sink in memory that asks `fate` what to do with each batch. */
function memorySink(fate: (batch: readonly WorkEvent[]) => unknown = () => undefined) {
  const written: string[] = [];
  const sink: EventSink = {
    needs: [],
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    status: () => ({ ready: true }),
    write: async (batch) => {
      await fate(batch);
      written.push(...batch.map(idOf));
    },
  };
  return { sink, written };
}

const idOf = (event: WorkEvent) => Buffer.from(event.line).toString();

async function run(
  name: string,
  sink: EventSink,
  openPlace = () => openCursor({ dir: join(directory.path, "events"), name }),
  chain = () => noFilters,
): Promise<Output> {
  const output = new Output({
    name,
    sink,
    deadLetters: letters,
    metrics,
    clock: systemClock,
    retry: retry(),
    chain,
    batch: { recordsMax: 7, bytesMax: 64 * 1024 },
    openCursor: openPlace,
    bufferEnd: () => buffer.stats().endOffset,
    onEvent: (event) => events.push(event),
  });
  running.push(output);
  await output.start();
  return output;
}

const encoded = (line: string) =>
  encodeEvent({
    id: "0199a1b2-c3d4-7000-8000-000000000001",
    time: "2026-11-23T08:00:00.123Z",
    type: "record",
    line: Buffer.from(line),
    fieldsJson: "",
  });

async function put(from: number, to: number): Promise<string[]> {
  const lines = Array.from({ length: to - from }, (_, index) => String(from + index));
  await buffer.append(lines.map(encoded), new AbortController().signal);
  return lines;
}

async function readLetters(): Promise<DeadLetter[]> {
  const cursor: Cursor = await openCursor({ dir: join(directory.path, "dead-letters"), name: deadLetterCursor });
  const found: DeadLetter[] = [];
  for (let more = true; more;) {
    const { records } = await cursor.read({ recordsMax: 1000, bytesMax: 1024 * 1024, waitMsMax: 0 });
    found.push(...records.map(({ payload }) => decodeDeadLetter(Buffer.from(payload))));
    more = records.length > 0;
  }
  await cursor.close();
  return found;
}

async function committed(name: string): Promise<number> {
  const cursor = await openCursor({ dir: join(directory.path, "events"), name });
  await cursor.close();
  return cursor.committed;
}

const down = () => {
  throw new DeliveryError("TEST_DOWN", "the store is away", { permanent: false });
};

describe("an output", () => {
  it("filters the next batch while one is being written, and commits it in its turn", async () => {
    let filtered = 0;
    let committed: number | undefined;
    const lines = await put(0, 30);
    const first = memorySink(async () => {
      if (first.written.length > 0) return;
      await waitFor(() => filtered >= 2, { deadlineMs: 10_000, what: "the second batch" });
      committed = output.lag();
    });
    const output = await run("first", first.sink, undefined, () => {
      filtered++;
      return noFilters;
    });
    await waitFor(() => output.lag() === 0, { deadlineMs: 10_000 });
    expect(committed).toBe(30);
    expect(first.written).toEqual(lines);
  });

  it("writes everything in order and commits it", async () => {
    const { sink, written } = memorySink();
    const lines = await put(0, 100);
    const output = await run("first", sink);
    await waitFor(() => output.lag() === 0 && written.length === 100);
    expect(written).toEqual(lines);
    expect(output.readiness()).toEqual({ name: "output first", ready: true });
  });

  it("does not hold another one back when its sink is down, and says why it is not ready", async () => {
    const broken = memorySink(down);
    const healthy = memorySink();
    const stuck = await run("first", broken.sink);
    await run("second", healthy.sink);
    const lines = await put(0, 50);
    await waitFor(() => healthy.written.length === 50);
    expect(healthy.written).toEqual(lines);
    await waitFor(() => !stuck.readiness().ready);
    expect(stuck.readiness().reason).toBe("retrying: the store is away");
    expect(stuck.lag()).toBe(50);
    expect(broken.written).toEqual([]);
  });

  it("goes on by itself when the sink is back, and tells the trouble and its end once each", async () => {
    let isDown = true;
    const { sink, written } = memorySink(() => (isDown ? down() : undefined));
    const output = await run("first", sink);
    await put(0, 20);
    await waitFor(async () => ((await metrics.deliveriesRetried.get()).values[0]?.value ?? 0) > 3);
    isDown = false;
    await waitFor(() => written.length === 20 && output.readiness().ready);
    expect(events.map(({ code }) => code)).toEqual(["GATELOG_PROCESSOR_OUTPUT_RETRYING", "GATELOG_PROCESSOR_OUTPUT_RECOVERED"]);
  });

  it("is not ready again for a place that is saved while the next batch fails", async () => {
    const saving = new AbortController();
    let isSaved = false;
    const { sink, written } = memorySink(() => (written.length > 0 ? down() : undefined));
    const output = await run("first", sink, async () => {
      const cursor = await openCursor({ dir: join(directory.path, "events"), name: "first" });
      const commit = cursor.commit.bind(cursor);
      cursor.commit = async (next) => {
        await waitFor(() => saving.signal.aborted);
        await commit(next);
        isSaved = true;
      };
      return cursor;
    });
    await put(0, 20);
    await waitFor(() => !output.readiness().ready);
    saving.abort();
    await waitFor(() => isSaved);
    const retried = async () => (await metrics.deliveriesRetried.get()).values[0]?.value ?? 0;
    const before = await retried();
    await waitFor(async () => (await retried()) > before + 3);
    expect(output.readiness().ready).toBe(false);
    expect(events.map(({ code }) => code)).toEqual(["GATELOG_PROCESSOR_OUTPUT_RETRYING"]);
    expect(output.lag()).toBe(13);
  });

  it("is ready again after the buffer could not be read for a moment, also when nothing new comes", async () => {
    let opened = 0;
    const { sink } = memorySink();
    const output = await run("first", sink, async () => {
      const cursor = await openCursor({ dir: join(directory.path, "events"), name: "first" });
      // Closed, it fails to be read, as on a disk error.
      if (opened++ === 0) await cursor.close();
      return cursor;
    });
    await waitFor(() => events.length > 0);
    await waitFor(() => output.readiness().ready);
    expect(events.map(({ code }) => code)).toEqual(["GATELOG_PROCESSOR_OUTPUT_RETRYING", "GATELOG_PROCESSOR_OUTPUT_RECOVERED"]);
  });

  it("says how far it was behind while it cannot read the buffer", async () => {
    let opened = 0;
    let isBroken = true;
    const { sink, written } = memorySink();
    await put(0, 10);
    const output = await run("first", sink, async () => {
      if (opened++ > 0 && isBroken) throw new Error("the disk is gone");
      const cursor = await openCursor({ dir: join(directory.path, "events"), name: "first" });
      if (isBroken) await cursor.close();
      return cursor;
    });
    await waitFor(() => opened > 2);
    expect(output.lag()).toBe(10);
    isBroken = false;
    await waitFor(() => written.length === 10 && output.lag() === 0);
  });

  it("puts one event that the store refuses among the dead letters and writes the others", async () => {
    const refuse = new DeliveryError("TEST_REFUSED", "mapper_parsing_exception", { permanent: true });
    const { sink, written } = memorySink((batch) => {
      if (batch.some((event) => idOf(event) === "13")) throw refuse;
    });
    const output = await run("first", sink);
    const lines = await put(0, 30);
    await waitFor(() => output.lag() === 0 && written.length === 29);
    expect(written).toEqual(lines.filter((line) => line !== "13"));
    const [letter, ...more] = await readLetters();
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ output: "first", code: "TEST_REFUSED", reason: "mapper_parsing_exception" });
    expect(Buffer.from(letter?.event ?? []).equals(encoded("13"))).toBe(true);
    await waitFor(async () => (await metrics.eventsDelivered.get()).values[0]?.value === 29);
    expect((await metrics.deadLetters.get()).values).toMatchObject([{ labels: { output: "first", code: "TEST_REFUSED" }, value: 1 }]);
    expect(events.map(({ code }) => code)).toEqual(["GATELOG_PROCESSOR_DEAD_LETTER"]);
  });

  it("writes only what is left of a batch that was taken in part", async () => {
    let tries = 0;
    const { sink, written } = memorySink((batch) => {
      if (tries++ > 0) return;
      written.push(...batch.slice(0, 3).map(idOf));
      throw new PartialDeliveryError("TEST_PARTIAL", "half", { rejected: [], undelivered: batch.slice(3) });
    });
    const lines = await put(0, 7);
    const output = await run("first", sink);
    await waitFor(() => written.length === 7 && output.lag() === 0);
    expect(written).toEqual(lines);
  });

  it("keeps a record of the buffer that is no event among the dead letters, as it is", async () => {
    const { sink, written } = memorySink();
    const output = await run("first", sink);
    await buffer.append([encoded("a"), Buffer.from([9, 9, 9]), encoded("b")], new AbortController().signal);
    await waitFor(() => output.lag() === 0 && written.length === 2);
    const found = await readLetters();
    expect(found).toMatchObject([{ code: "GATELOG_PROCESSOR_EVENT_UNREADABLE" }]);
    expect([...(found[0]?.event ?? [])]).toEqual([9, 9, 9]);
  });

  it("pauses, with the reason, when the store refuses a hundred in a row, and goes on when it takes events again", async () => {
    let refusing = true;
    const { sink, written } = memorySink(() => {
      if (refusing) throw new DeliveryError("TEST_REFUSED", "no such field", { permanent: true });
    });
    const output = await run("first", sink);
    await put(0, 150);
    await waitFor(() => output.readiness().reason?.startsWith("paused: no such field") === true);
    expect(await readLetters()).toHaveLength(100);
    refusing = false;
    await waitFor(() => output.lag() === 0 && output.readiness().ready);
    expect(written).toHaveLength(50);
  });

  it("waits while the dead letters are full, and loses nothing", async () => {
    const reason = "x".repeat(4000);
    const { sink, written } = memorySink((batch) => {
      if (batch.some((event) => Number(idOf(event)) < 30)) throw new DeliveryError("TEST_REFUSED", reason, { permanent: true });
    });
    const output = await run("first", sink);
    await put(0, 40);
    await waitFor(() => letters.trouble()?.startsWith("the dead letters are full") === true);
    expect(output.lag()).toBeGreaterThan(0);
    expect(written).toEqual([]);
    const cursor = await openCursor({ dir: join(directory.path, "dead-letters"), name: deadLetterCursor });
    await waitFor(async () => {
      const { next } = await cursor.read({ recordsMax: 1000, bytesMax: 1024 * 1024, waitMsMax: 0 });
      await cursor.commit(next);
      return written.length === 10;
    });
    await cursor.close();
    expect(letters.trouble()).toBeUndefined();
  });

  it("drains what is in the buffer when it is stopped", async () => {
    const { sink, written } = memorySink();
    await put(0, 300);
    const output = await run("first", sink);
    await output.stop(new AbortController().signal);
    expect(written).toHaveLength(300);
    expect(await committed("first")).toBe(300);
  });

  it("gives up at the deadline when its sink is down, and the next start goes on where it was", async () => {
    const broken = memorySink(down);
    const output = await run("first", broken.sink);
    await put(0, 10);
    await waitFor(() => !output.readiness().ready);
    const deadline = new AbortController();
    const stopped = output.stop(deadline.signal);
    deadline.abort();
    await stopped;
    const healthy = memorySink();
    await run("first", healthy.sink);
    await waitFor(() => healthy.written.length === 10);
  });
});
