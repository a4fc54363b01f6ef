import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, type Clock } from "@gatelog/pipeline";
import { manualClock, seededRandom, seedOfRun, waitFor } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LogFiles, type OpenFile } from "./log-files.ts";
import { LogWriter, type LogEvent } from "./log-writer.ts";
import { UnreliableDisk } from "./test/unreliable-disk.ts";

let dir: string;
let events: LogEvent[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gatelog-log-"));
  events = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const boot = "20261123080000a1b2c3";

interface WriterSettings {
  readonly rotateBytesMax?: number;
  readonly rotateAgeMs?: number;
  readonly pendingBytesMax?: number;
  readonly open?: OpenFile;
  readonly clock?: Clock;
}

function createWriter(settings: WriterSettings = {}): LogWriter {
  const { rotateBytesMax = 1_000_000, rotateAgeMs, pendingBytesMax = 1_000_000, open, clock = systemClock } = settings;
  const onUnsynced = (path: string, error: unknown) => events.push({ type: "unsynced", path, error });
  const files = new LogFiles({ dir, gateway: "gw", boot, onUnsynced }, open);
  return new LogWriter({ files, rotateBytesMax, rotateAgeMs, pendingBytesMax, clock, onEvent: (event) => events.push(event) });
}

const names = () => readdirSync(dir).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
const content = () =>
  names()
    .map((name) => readFileSync(join(dir, name), "utf8"))
    .join("");
const stopping = () => AbortSignal.timeout(5000);

describe("a log writer", () => {
  test("writes lines whole and in order into a file that only its owner can read", async () => {
    const writer = createWriter();
    await writer.start();
    for (let line = 0; line < 1000; line++) writer.append(`line ${line} 日志`);
    await writer.stop(stopping());
    expect(names()).toEqual([`gw-${boot}-1.log`]);
    expect(statSync(join(dir, `gw-${boot}-1.log`)).mode & 0o777).toBe(0o600);
    expect(content()).toBe(Array.from({ length: 1000 }, (_, line) => `line ${line} 日志\n`).join(""));
    expect(writer.pendingBytes).toBe(0);
  });

  test("goes over to the next file at its size, without renaming, and loses nothing", async () => {
    const writer = createWriter({ rotateBytesMax: 4096 });
    await writer.start();
    for (let round = 0; round < 20; round++) {
      for (let line = 0; line < 20; line++) writer.append(`round ${round} line ${line} ${"x".repeat(50)}`);
      await waitFor(() => writer.pendingBytes === 0);
    }
    await writer.stop(stopping());
    expect(names().length).toBeGreaterThan(4);
    expect(names()).toEqual(names().map((_, index) => `gw-${boot}-${index + 1}.log`));
    expect(content().split("\n")).toHaveLength(401);
    expect(
      names()
        .slice(0, -1)
        .every((name) => statSync(join(dir, name)).size >= 4096),
    ).toBe(true);
  });

  test("reopens when asked, and when its file was removed", async () => {
    const writer = createWriter();
    await writer.start();
    writer.append("one");
    await waitFor(() => content() === "one\n");
    writer.reopen();
    await waitFor(() => names().length === 2);
    writer.append("two");
    await waitFor(() => content() === "one\ntwo\n");
    rmSync(join(dir, `gw-${boot}-2.log`));
    await writer.check();
    await waitFor(() => names().includes(`gw-${boot}-3.log`));
    writer.append("three");
    await writer.stop(stopping());
    expect(content()).toBe("one\nthree\n");
    expect(events.flatMap((event) => (event.type === "opened" ? [event.why] : []))).toEqual(["start", "asked", "gone"]);
  });

  test("reopens when its file was moved away, or another stands in its place", async () => {
    const writer = createWriter();
    await writer.start();
    writer.append("one");
    await waitFor(() => content() === "one\n");
    renameSync(join(dir, `gw-${boot}-1.log`), join(dir, "moved.log"));
    await writer.check();
    await waitFor(() => names().includes(`gw-${boot}-2.log`));
    renameSync(join(dir, `gw-${boot}-2.log`), join(dir, "moved-2.log"));
    writeFileSync(join(dir, `gw-${boot}-2.log`), "somebody else's\n");
    await writer.check();
    await waitFor(() => names().includes(`gw-${boot}-3.log`));
    await writer.check();
    writer.append("two");
    await writer.stop(stopping());
    expect(readFileSync(join(dir, `gw-${boot}-3.log`), "utf8")).toBe("two\n");
    expect(readFileSync(join(dir, `gw-${boot}-2.log`), "utf8")).toBe("somebody else's\n");
    expect(names()).toHaveLength(4);
  });

  test("goes over to the next file at its age, counted from its first line, and never leaves an empty one", async () => {
    const clock = manualClock();
    const writer = createWriter({ rotateAgeMs: 60_000, clock });
    await writer.start();
    await clock.advance(120_000);
    await writer.check();
    writer.append("one");
    await waitFor(() => content() === "one\n");
    await clock.advance(59_999);
    await writer.check();
    expect(names()).toHaveLength(1);
    await clock.advance(1);
    await writer.check();
    await waitFor(() => names().length === 2);
    await clock.advance(600_000);
    await writer.check();
    writer.append("two");
    await writer.stop(stopping());
    expect(names()).toHaveLength(2);
    expect(events.flatMap((event) => (event.type === "opened" ? [event.why] : []))).toEqual(["start", "age"]);
  });

  test("goes past a name that somebody has taken", async () => {
    const writer = createWriter();
    await writer.start();
    writeFileSync(join(dir, `gw-${boot}-2.log`), "");
    writer.reopen();
    await waitFor(() => names().includes(`gw-${boot}-3.log`));
    writer.append("three");
    await writer.stop(stopping());
    expect(readFileSync(join(dir, `gw-${boot}-3.log`), "utf8")).toBe("three\n");
    expect(readFileSync(join(dir, `gw-${boot}-2.log`), "utf8")).toBe("");
  });

  test("tells when a file that it leaves cannot be synced, and goes on", async () => {
    const disk = new UnreliableDisk();
    const writer = createWriter({ open: disk.open });
    await writer.start();
    writer.append("one");
    await waitFor(() => writer.pendingBytes === 0);
    disk.decideSync = () => "EIO";
    writer.reopen();
    await waitFor(() => events.some((event) => event.type === "unsynced"));
    disk.decideSync = () => undefined;
    writer.append("two");
    await writer.stop(stopping());
    expect(disk.taken).toEqual(["one\n", "two\n"]);
  });

  test("takes lines that are longer than a batch, between others", async () => {
    const writer = createWriter({ pendingBytesMax: 100_000_000, rotateBytesMax: 100_000_000 });
    await writer.start();
    const lines = [
      "a",
      "日".repeat(1_000_000),
      "b",
      "é".repeat(2_097_152),
      "x".repeat(2_097_151),
      "c",
      "y".repeat(2_097_152),
      "\ud800",
      "d",
    ];
    for (const line of lines) writer.append(line);
    expect(writer.pendingBytes).toBe(lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0));
    await writer.stop(stopping());
    expect(content() === lines.map((line) => `${line.replace("\ud800", "\ufffd")}\n`).join("")).toBe(true);
  });

  test("waits for a full disk, goes on where it stopped, and tells of both", async () => {
    const disk = new UnreliableDisk();
    const writer = createWriter({ open: disk.open });
    await writer.start();
    let attempts = 0;
    disk.decide = (length) => {
      attempts += 1;
      if (attempts === 1) return 5;
      return attempts < 4 ? "ENOSPC" : length;
    };
    writer.append("first line");
    writer.append("second line");
    await waitFor(() => writer.failure !== undefined);
    expect(writer.pendingBytes).toBeGreaterThan(0);
    await waitFor(() => writer.failure === undefined && writer.pendingBytes === 0);
    expect(disk.taken).toEqual(["first line\nsecond line\n"]);
    expect(events.map((event) => event.type)).toEqual(["opened", "failed", "failed", "recovered", "written"]);
    await writer.stop(stopping());
  });

  test("leaves a file that fails behind, and begins the torn line again in the next", async () => {
    const disk = new UnreliableDisk();
    const writer = createWriter({ open: disk.open });
    await writer.start();
    let attempts = 0;
    disk.decide = (length) => {
      attempts += 1;
      if (attempts === 1) return 15;
      return attempts === 2 ? "EIO" : length;
    };
    writer.append("first line");
    writer.append("second line");
    await writer.stop(stopping());
    expect(disk.taken).toEqual(["first line\nseco", "second line\n"]);
  });

  test("feels pressure as records wait, drops only beyond the limit, and says how many were lost at a stop", async () => {
    const disk = new UnreliableDisk();
    disk.decide = () => "ENOSPC";
    const writer = createWriter({ open: disk.open, pendingBytesMax: 1000 });
    await writer.start();
    const felt: string[] = [];
    for (let line = 0; line < 12; line++) {
      felt.push(writer.pressure);
      writer.append("x".repeat(99));
    }
    expect(felt).toEqual(["none", "none", "none", "none", "none", "shed", "shed", "shed", "refuse", "refuse", "full", "full"]);
    expect(events.filter((event) => event.type === "dropped")).toHaveLength(2);
    await waitFor(() => writer.failure !== undefined);
    await expect(writer.stop(AbortSignal.timeout(100))).rejects.toThrow(/10 records could not be written before the deadline: ENOSPC/);
  });

  test("keeps to its file when no other can be made", async () => {
    const disk = new UnreliableDisk();
    const writer = createWriter({ open: disk.open });
    await writer.start();
    disk.refusesNewFiles = true;
    writer.reopen();
    writer.append("kept");
    await writer.stop(stopping());
    expect(disk.taken).toEqual(["kept\n"]);
    expect(events.map((event) => event.type)).toContain("kept");
  });

  test("has every line whole at least once and in order, whatever the disk does", async () => {
    const seed = seedOfRun();
    const random = seededRandom(seed);
    const disk = new UnreliableDisk();
    const writer = createWriter({ open: disk.open, rotateBytesMax: 500, pendingBytesMax: 10_000_000 });
    await writer.start();
    disk.decide = (length) => {
      const fate = random.next();
      if (fate < 0.1) return random.pick(["ENOSPC", "EIO", "EBADF"]);
      return fate < 0.4 ? random.integer(1, length) : length;
    };
    const lines = Array.from({ length: 300 }, (_, index) => `line-${index}-${"y".repeat(random.integer(0, 40))}`);
    for (const line of lines) {
      writer.append(line);
      if (random.next() < 0.2) await new Promise((resolve) => setImmediate(resolve));
    }
    await waitFor(() => writer.pendingBytes === 0, { deadlineMs: 25_000, what: `the lines of seed ${seed} to be written` });
    await writer.stop(stopping());
    const whole = disk.taken.flatMap((file) => file.split("\n").slice(0, -1));
    expect(
      whole.filter((line, index) => whole.indexOf(line) === index),
      `seed ${seed}`,
    ).toEqual(lines);
  });
});
