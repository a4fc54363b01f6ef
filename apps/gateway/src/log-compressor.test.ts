import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { systemClock } from "@gatelog/pipeline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compressFile } from "./compress-file.ts";
import { LogCompressor, type CompressEvent } from "./log-compressor.ts";
import { lockSlot } from "./log-lock.ts";
import { logFileName } from "./log-names.ts";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "gatelog-gzip-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const minuteMs = 60_000;
const first = "20261123080000a1b200";
const second = "20261123090000a1b200";
const pathOf = (boot: string, n: number) => join(dir, logFileName("gw", boot, n));

/** A file whose last line was written so long ago. */
function write(path: string, content: string, agoMs = 10 * minuteMs): string {
  writeFileSync(path, content, { mode: 0o600 });
  const at = (Date.now() - agoMs) / 1000;
  utimesSync(path, at, at);
  return path;
}

function createCompressor(currentPath: string, worker = { slot: 0, count: 1 }) {
  const events: CompressEvent[] = [];
  const compressor = new LogCompressor({
    dir,
    gateway: "gw",
    worker,
    currentPath: () => currentPath,
    afterMs: 5 * minuteMs,
    clock: systemClock,
    onEvent: (event) => events.push(event),
  });
  return { compressor, events };
}

const unzipped = (path: string) => gunzipSync(readFileSync(`${path}.gz`)).toString();

describe("closed log files", () => {
  test("that are old enough become gzip files with the same content, of their owner alone", async () => {
    const lines = "a line of the log\n".repeat(50_000);
    const old = write(pathOf(first, 1), lines);
    const young = write(pathOf(first, 2), "young\n", minuteMs);
    const current = write(pathOf(second, 1), "current\n");
    const { compressor, events } = createCompressor(current);
    await compressor.check();
    expect(unzipped(old)).toBe(lines);
    expect(statSync(`${old}.gz`).mode & 0o777).toBe(0o600);
    expect([old, young, current].map((path) => existsSync(path))).toEqual([false, true, true]);
    expect(events).toEqual([{ type: "compressed", path: old, bytes: lines.length, compressedBytes: statSync(`${old}.gz`).size }]);
    await compressor.stop();
  });

  test("are left alone where another gateway or a worker that runs keeps them", async () => {
    const others = [
      write(join(dir, logFileName("gw-b", first, 1)), "another gateway\n"),
      write(join(dir, logFileName("gw", first.slice(0, -2) + "01", 1)), "a sibling\n"),
      write(join(dir, logFileName("gw", first.slice(0, -2) + "05", 1)), "a worker that still ends\n"),
      write(join(dir, logFileName("gw", second.slice(0, -2) + "05", 1)), "its newest\n"),
      write(join(dir, "notes.log"), "foreign\n"),
    ];
    const lock = await lockSlot(dir, "gw", 5);
    const { compressor } = createCompressor(write(pathOf(second, 1), "current\n"), { slot: 0, count: 2 });
    await compressor.check();
    expect(others.every((path) => existsSync(path))).toBe(true);
    await lock.release();
    await compressor.check();
    expect(others.map((path) => existsSync(path))).toEqual([true, true, false, true, true]);
    await compressor.stop();
  });

  test("keep the newest that is not empty, where a start finds the last seq", async () => {
    const paths = [write(pathOf(first, 1), "one\n"), write(pathOf(first, 2), "two\n"), write(pathOf(first, 3), "")];
    const current = write(pathOf(second, 1), "");
    const { compressor } = createCompressor(current);
    await compressor.check();
    expect(paths.map((path) => existsSync(path))).toEqual([false, true, false]);
    expect(existsSync(current)).toBe(true);
    await compressor.stop();
  });

  test("are compressed anew after an attempt that was cut off", async () => {
    const old = write(pathOf(first, 1), "content\n");
    write(`${old}.gz.tmp`, "half of an older attempt, and longer than the whole");
    write(`${old}.gz`, "not even gzip");
    const { compressor } = createCompressor(write(pathOf(second, 1), "current\n"));
    await compressor.check();
    expect(unzipped(old)).toBe("content\n");
    expect(readdirSync(dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await compressor.stop();
  });

  test("stay where compressing is broken off or fails, which is told", async () => {
    const old = write(pathOf(first, 1), "content\n");
    await expect(compressFile(old, AbortSignal.abort())).rejects.toThrow();
    expect(readFileSync(old, "utf8")).toBe("content\n");
    rmSync(dir, { recursive: true });
    const { compressor, events } = createCompressor(pathOf(second, 1));
    await compressor.check();
    expect(events).toMatchObject([{ type: "compress-failed", path: dir }]);
    await compressor.stop();
  });

  test("that cannot be compressed now do not keep others from it, and are tried again", async () => {
    const blocked = write(pathOf(first, 2), "blocked\n");
    const other = write(pathOf(first, 1), "other\n");
    const { compressor, events } = createCompressor(write(pathOf(second, 1), "current\n"));
    const obstacle = join(`${blocked}.gz.tmp`, "in-the-way");
    mkdirSync(obstacle, { recursive: true });
    await compressor.check();
    expect(events.map((event) => [event.type, event.path])).toEqual([
      ["compress-failed", blocked],
      ["compressed", other],
    ]);
    rmSync(`${blocked}.gz.tmp`, { recursive: true });
    await compressor.check();
    expect(unzipped(blocked)).toBe("blocked\n");
    await compressor.stop();
  });
});
