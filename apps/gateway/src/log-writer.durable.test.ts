import { systemClock } from "@gatelog/pipeline";
import { seededRandom, seedOfRun, waitFor } from "@gatelog/testkit";
import { describe, expect, test } from "vitest";
import { LogFiles } from "./log-files.ts";
import { LogWriter, type LogEvent } from "./log-writer.ts";
import { UnreliableDisk } from "./test/unreliable-disk.ts";

async function startWriter(pendingBytesMax = 1_000_000) {
  const disk = new UnreliableDisk();
  const events: LogEvent[] = [];
  const files = new LogFiles({ dir: "/nowhere", gateway: "gw", boot: "20261123080000a1b2c3" }, disk.open);
  const writer = new LogWriter({
    files,
    rotateBytesMax: 1_000_000,
    pendingBytesMax,
    clock: systemClock,
    onEvent: (event) => events.push(event),
  });
  await writer.start();
  const told: string[] = [];
  const await_ = (line: string) => writer.appendDurable(line, () => told.push(line));
  return { disk, events, writer, told, appendDurable: await_ };
}

/** A sync that ends when it is told to. */
function heldSync(disk: UnreliableDisk): { end: (code?: string) => void } {
  const ends: ((code?: string) => void)[] = [];
  disk.decideSync = () => new Promise<string | undefined>((resolve) => ends.push(resolve));
  return { end: (code) => ends.shift()?.(code) };
}

const stopping = () => AbortSignal.timeout(5000);

describe("a line that is awaited", () => {
  test("is told of after its fsync, and one fsync serves all that came while the one before ran", async () => {
    const { disk, writer, told, appendDurable } = await startWriter();
    const sync = heldSync(disk);
    expect(appendDurable("first")).toBe(true);
    await waitFor(() => disk.syncs === 1);
    for (const line of ["second", "third"]) appendDurable(line);
    writer.append("fourth");
    await new Promise((resolve) => setImmediate(resolve));
    expect([disk.taken, told]).toEqual([["first\n"], []]);
    sync.end();
    await waitFor(() => disk.syncs === 2);
    expect([disk.taken, told]).toEqual([["first\nsecond\nthird\nfourth\n"], ["first"]]);
    sync.end();
    await waitFor(() => told.length === 3);
    expect(told).toEqual(["first", "second", "third"]);
    disk.decideSync = () => undefined;
    await writer.stop(stopping());
    expect(writer.pendingBytes).toBe(0);
  });

  test("costs those an fsync that nobody awaits only where they go together", async () => {
    const { disk, writer } = await startWriter();
    writer.append("one");
    await waitFor(() => writer.pendingBytes === 0);
    expect([disk.taken, disk.syncs]).toEqual([["one\n"], 0]);
    await writer.stop(stopping());
    expect(disk.syncs).toBe(1);
  });

  test("is written again, with its whole batch, into a new file when the fsync fails, and told of only then", async () => {
    const { disk, writer, events, told, appendDurable } = await startWriter();
    const sync = heldSync(disk);
    appendDurable("before");
    await waitFor(() => disk.syncs === 1);
    sync.end();
    await waitFor(() => told.length === 1);
    writer.append("plain");
    appendDurable("awaited");
    await waitFor(() => disk.syncs === 2);
    sync.end("EIO");
    await waitFor(() => writer.failure !== undefined);
    disk.decideSync = () => undefined;
    await waitFor(() => told.length === 2);
    expect(disk.taken).toEqual(["before\nplain\nawaited\n", "plain\nawaited\n"]);
    expect(disk.durable).toEqual(["before\n", "plain\nawaited\n"]);
    expect(told).toEqual(["before", "awaited"]);
    expect(events).toContainEqual(expect.objectContaining({ type: "opened", why: "failed" }));
    await waitFor(() => writer.failure === undefined);
    await writer.stop(stopping());
  });

  test("begins its batch again in a new file when a write fails in the middle", async () => {
    const { disk, writer, told, appendDurable } = await startWriter();
    const fates: (number | string)[] = [9, "EIO"];
    disk.decide = (length) => fates.shift() ?? length;
    appendDurable("first");
    appendDurable("second");
    await waitFor(() => told.length === 2);
    expect(disk.taken).toEqual(["first\nsec", "first\nsecond\n"]);
    await writer.stop(stopping());
  });

  test("waits as long as no new file can be made after a failed fsync, and never trusts the old one", async () => {
    const { disk, writer, events, told, appendDurable } = await startWriter();
    disk.refusesNewFiles = true;
    disk.decideSync = () => "EIO";
    appendDurable("line");
    await waitFor(() => disk.syncs === 1);
    disk.decideSync = () => undefined;
    await waitFor(() => events.filter((event) => event.type === "kept").length >= 2);
    expect([told, disk.syncs, disk.taken]).toEqual([[], 1, ["line\n"]]);
    disk.refusesNewFiles = false;
    await waitFor(() => told.length === 1);
    expect(disk.durable[1]).toBe("line\n");
    await writer.stop(stopping());
  });

  test("is refused at once beyond the limit and after the stop, and never told of when it is lost", async () => {
    const { disk, writer, told, appendDurable } = await startWriter(10);
    disk.decideSync = () => "EIO";
    expect(appendDurable("0123456789")).toBe(true);
    expect(appendDurable("more")).toBe(false);
    await waitFor(() => writer.failure !== undefined);
    await expect(writer.stop(AbortSignal.timeout(50))).rejects.toThrow(/1 records could not be written before the deadline: EIO/);
    expect(appendDurable("late")).toBe(false);
    const files = disk.taken.length;
    writer.reopen();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(disk.taken).toHaveLength(files);
    expect(told).toEqual([]);
  });

  test("may break in its callback without harm to any other", async () => {
    const { disk, writer, events, told, appendDurable } = await startWriter();
    writer.appendDurable("broken", () => {
      throw new Error("a fault of ours");
    });
    appendDurable("whole");
    await waitFor(() => told.length === 1);
    expect(events).toContainEqual({ type: "waiter-failed", error: new Error("a fault of ours") });
    appendDurable("later");
    await writer.stop(stopping());
    expect(told).toEqual(["whole", "later"]);
    expect(disk.durable).toEqual(["broken\nwhole\nlater\n"]);
  });

  test("may append from its callback", async () => {
    const { disk, writer, told, appendDurable } = await startWriter();
    writer.appendDurable("first", () => appendDurable("second"));
    await waitFor(() => told.length === 1);
    await writer.stop(stopping());
    expect(disk.durable).toEqual(["first\nsecond\n"]);
  });

  test("is durable when it is told of, once, in order, whatever the disk does", async () => {
    const seed = seedOfRun();
    const random = seededRandom(seed);
    const { disk, writer } = await startWriter(10_000_000);
    disk.decide = (length) => {
      const fate = random.next();
      if (fate < 0.05) return random.pick(["ENOSPC", "EIO", "EBADF"]);
      return fate < 0.3 ? random.integer(1, length) : length;
    };
    disk.decideSync = async () => {
      if (random.next() < 0.3) await new Promise((resolve) => setImmediate(resolve));
      return random.next() < 0.1 ? random.pick(["EIO", "ENOSPC"]) : undefined;
    };
    const told: string[] = [];
    const toldTooEarly: string[] = [];
    const lines = Array.from({ length: 300 }, (_, index) => `line-${index}-${"y".repeat(random.integer(0, 40))}`);
    const awaited = lines.filter(() => random.next() < 0.5);
    for (const line of lines) {
      if (!awaited.includes(line)) writer.append(line);
      else
        writer.appendDurable(line, () => {
          told.push(line);
          if (!disk.durable.some((file) => `\n${file}`.includes(`\n${line}\n`))) toldTooEarly.push(line);
        });
      if (random.next() < 0.3) await new Promise((resolve) => setImmediate(resolve));
    }
    await waitFor(() => writer.pendingBytes === 0, { deadlineMs: 40_000, what: `the lines of seed ${seed} to be written` });
    disk.decideSync = () => undefined;
    await writer.stop(stopping());
    expect(toldTooEarly, `seed ${seed}`).toEqual([]);
    expect(told, `seed ${seed}`).toEqual(awaited);
    const whole = disk.taken.flatMap((file) => file.split("\n").slice(0, -1)).filter((line) => lines.includes(line));
    expect(
      whole.filter((line, index) => whole.indexOf(line) === index),
      `seed ${seed}`,
    ).toEqual(lines);
  });
});
