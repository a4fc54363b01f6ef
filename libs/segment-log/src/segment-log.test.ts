import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errors } from "./errors.ts";
import type { SegmentLogEvent } from "./events.ts";
import { payloadBytesMax, pendingBytesMax } from "./limits.ts";
import { inspect } from "./inspect.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { openCursor } from "./open-cursor.ts";
import { openSegmentLog } from "./open-segment-log.ts";
import { removeCursor } from "./remove-cursor.ts";
import type { SegmentLogOptions } from "./segment-log.ts";
import { interpose, type Interposed } from "./test/interpose.ts";
import { systemError } from "./test/memory-disk.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let dir: string;
let events: SegmentLogEvent[] = [];
let closes: (() => Promise<void>)[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  dir = join(directory.path, "deep", "log");
  events = [];
});
afterEach(async () => {
  for (const close of closes.toReversed()) await close();
  closes = [];
  await directory.remove();
});

const small = { segmentBytesMax: 4096, bytesMax: 8192 };
const onEvent = (event: SegmentLogEvent) => events.push(event);
const types = () => events.map((event) => event.type);
const payloads = (...texts: string[]) => texts.map((text) => Buffer.from(text));
const kilobyte = () => Buffer.alloc(1000, "x");

async function openLog(options: Partial<SegmentLogOptions> = {}) {
  const log = await openSegmentLog({ dir, cursors: ["a"], onEvent, ...options });
  closes.push(() => log.close());
  return log;
}

async function openReader(name = "a") {
  const cursor = await openCursor({ dir, name, onEvent });
  closes.push(() => cursor.close());
  return cursor;
}

async function read(cursor: Awaited<ReturnType<typeof openReader>>, waitMsMax = 0, recordsMax = 1_000) {
  const { records, next } = await cursor.read({ recordsMax, bytesMax: 1_000_000, waitMsMax });
  return { texts: records.map((record) => record.payload.toString()), next };
}

const faulty = (hooks: Interposed) => interpose(nodeFileSystem, hooks);
const segmentFiles = () => readdirSync(dir).filter((name) => name.endsWith(".seg"));

/** As a reader finds a slot file while its writer writes: the newer of the two slots, 4096 bytes apart, is not whole. */
function tearNewerSlot(path: string): void {
  const content = readFileSync(path);
  const newer = content.readBigUInt64LE(8) > content.readBigUInt64LE(4096 + 8) ? 0 : 4096;
  content.writeUInt8(content.readUInt8(newer + 16) ^ 0xff, newer + 16);
  writeFileSync(path, content);
}

describe("a segment log", () => {
  it("commits what was read although the published end is torn just then, and an older one is seen", async () => {
    const log = await openLog();
    const cursor = await openReader();
    await log.append(payloads("one", "two"));
    const { next } = await read(cursor);
    tearNewerSlot(join(dir, "published"));
    await cursor.refresh();
    expect(cursor.lag()).toBe(2);
    await cursor.commit(next);
    expect(cursor.committed).toBe(2);
  });

  it("gives back what was appended, in order, at its offset, also after it was closed", async () => {
    const log = await openLog();
    expect(await log.append(payloads("a", "", "日志"))).toEqual({ first: 0, next: 3 });
    expect(await log.append(payloads("d"))).toEqual({ first: 3, next: 4 });
    expect(await log.append([])).toEqual({ first: 4, next: 4 });
    await log.close();
    const again = await openLog();
    expect(again.endOffset).toBe(4);
    expect(await again.append(payloads("e"))).toEqual({ first: 4, next: 5 });
    const cursor = await openReader();
    expect(await read(cursor)).toEqual({ texts: ["a", "", "日志", "d"], next: 4 });
    expect(await read(cursor)).toEqual({ texts: ["e"], next: 5 });
    expect(await read(cursor)).toEqual({ texts: [], next: 5 });
  });

  it("lets the appends of one moment share one fsync", async () => {
    const log = await openLog();
    const appended = await Promise.all(Array.from({ length: 200 }, (_, index) => log.append(payloads(String(index)))));
    expect(appended.map(({ first }) => first)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(log.stats().syncs).toBe(1);
  });

  it("keeps its files to its owner", async () => {
    const log = await openLog();
    await log.append(payloads("secret"));
    for (const name of [...segmentFiles(), "published", "writer.lock", join("cursors", "a.cursor")]) {
      expect(statSync(join(dir, name)).mode & 0o777, name).toBe(0o600);
    }
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it("takes a payload up to the limit, alone in its segment, and refuses a larger one for good", async () => {
    const log = await openLog({ bytesMax: 64 * 1024 * 1024, segmentBytesMax: 1024 * 1024 });
    await expect(log.append([Buffer.alloc(payloadBytesMax + 1)])).rejects.toMatchObject({
      code: "GATELOG_SEGMENT_LOG_PAYLOAD_TOO_LARGE",
      permanent: true,
    });
    const large = Buffer.alloc(payloadBytesMax, 1);
    await log.append([Buffer.from("before"), large, Buffer.from("after")]);
    const cursor = await openReader();
    const got: Buffer[] = [];
    while (got.length < 3)
      got.push(...(await cursor.read({ recordsMax: 10, bytesMax: 100, waitMsMax: 0 })).records.map((one) => one.payload));
    expect(got.map((one) => one.length)).toEqual([6, payloadBytesMax, 5]);
    expect(got[1]?.equals(large)).toBe(true);
  });

  it("refuses an append as busy when too many bytes wait, and takes it later", async () => {
    const log = await openLog({ bytesMax: 2 ** 30, fsync: false });
    const bulk = Array.from({ length: pendingBytesMax / payloadBytesMax }, () => Buffer.alloc(payloadBytesMax));
    const waiting = log.append(bulk);
    await expect(log.append([Buffer.alloc(10)])).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_BUSY", permanent: false });
    await waiting;
    expect((await log.append([Buffer.alloc(10)])).first).toBe(bulk.length);
  }, 60_000);

  it("refuses sizes that make no sense, and names, with one sentence", async () => {
    await expect(openLog({ segmentBytesMax: 100 })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_OPTION" });
    await expect(openLog({ bytesMax: 1024 })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_OPTION" });
    await expect(openLog({ bytesMax: 16_384, segmentBytesMax: 16_384 })).rejects.toThrow(/between 4096 and 8192/);
    for (const name of ["", "../a", "a/b", ".hidden", "x".repeat(65)]) {
      await expect(openLog({ cursors: [name] })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_NAME" });
    }
  });

  it("has a sentence for every error, and every error is one that the code can throw", () => {
    for (const [code, sentence] of Object.entries(errors)) {
      expect(code).toMatch(/^GATELOG_SEGMENT_LOG_[A-Z_]+$/);
      expect(sentence).toMatch(/\.$/);
    }
  });

  it("rejects what comes after it was closed, and closes twice", async () => {
    const log = await openLog();
    const cursor = await openReader();
    await Promise.all([log.close(), log.close(), cursor.close(), cursor.close()]);
    expect(log.stats().state).toBe("closed");
    await expect(log.append(payloads("late"))).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_CLOSED" });
    await expect(read(cursor)).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_CLOSED" });
    await expect(cursor.commit(0)).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_CLOSED" });
  });

  it("writes what was appended before close, then closes", async () => {
    const log = await openLog();
    const appends = ["a", "b", "c"].map((text) => log.append(payloads(text)));
    await log.close();
    expect((await Promise.all(appends)).at(-1)?.next).toBe(3);
  });
});

describe("locks", () => {
  it("let one writer in, and one reader per cursor", async () => {
    const log = await openLog({ cursors: ["a", "b"] });
    await expect(openLog()).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_LOCKED", permanent: false });
    const cursor = await openReader("a");
    await expect(openReader("a")).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_LOCKED" });
    await openReader("b");
    await cursor.close();
    await openReader("a");
    await log.close();
    await openLog();
  });

  it("are given back when opening fails", async () => {
    const broken = faulty({ create: () => Promise.reject(systemError("EIO", "no")) });
    await expect(openLog({ fileSystem: broken })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_IO" });
    await openLog();
  });
});

describe("a cursor", () => {
  it("wakes when something is appended, and returns empty after its time", async () => {
    const log = await openLog();
    const cursor = await openReader();
    expect(await read(cursor, 20)).toEqual({ texts: [], next: 0 });
    const reading = read(cursor, 20_000);
    await log.append(payloads("now"));
    expect(await reading).toEqual({ texts: ["now"], next: 1 });
  });

  it("stops waiting when it is aborted or closed", async () => {
    await openLog();
    const cursor = await openReader();
    const abort = new AbortController();
    const aborted = cursor.read({ recordsMax: 1, bytesMax: 100, waitMsMax: 60_000, signal: abort.signal });
    abort.abort();
    expect(await aborted).toEqual({ records: [], next: 0 });
    const closed = cursor.read({ recordsMax: 1, bytesMax: 100, waitMsMax: 60_000 });
    await cursor.close();
    expect(await closed).toEqual({ records: [], next: 0 });
  });

  it("goes on where it was committed, and not where it was read", async () => {
    const log = await openLog();
    await log.append(payloads("a", "b", "c"));
    const cursor = await openReader();
    await read(cursor, 0, 2);
    await cursor.commit(1);
    expect(cursor).toMatchObject({ committed: 1, position: 2, name: "a" });
    expect(cursor.lag()).toBe(2);
    await cursor.close();
    const again = await openReader();
    expect(again.committed).toBe(1);
    expect(await read(again)).toEqual({ texts: ["b", "c"], next: 3 });
  });

  it("commits the highest of many at once, never goes back, and refuses what the log does not have", async () => {
    const log = await openLog();
    await log.append(payloads("a", "b", "c", "d"));
    const cursor = await openReader();
    await read(cursor);
    await Promise.all([1, 4, 2, 3].map((next) => cursor.commit(next)));
    expect(cursor.committed).toBe(4);
    await cursor.commit(1);
    expect(cursor.committed).toBe(4);
    for (const wrong of [5, -1, 1.5, Number.NaN]) {
      await expect(cursor.commit(wrong)).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_OFFSET", permanent: true });
      expect(() => cursor.seek(wrong)).toThrow(/GATELOG|offset/);
    }
  });

  it("seeks to any record, back and forth, across segments", async () => {
    const log = await openLog({ ...small, bytesMax: 65_536 });
    const all = Array.from({ length: 100 }, (_, index) => `${index} ${"x".repeat(200)}`);
    for (const text of all) await log.append(payloads(text));
    expect(segmentFiles().length).toBeGreaterThan(3);
    const cursor = await openReader();
    for (const offset of [50, 0, 99, 17, 18, 17, 100, 3]) {
      cursor.seek(offset);
      expect(cursor.position).toBe(offset);
      expect((await read(cursor, 0, 1)).texts).toEqual(all.slice(offset, offset + 1));
    }
  });

  it("is not known before the writer lists it, nor is a log before it is made; both can be waited for", async () => {
    await expect(openReader()).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_MISSING", permanent: false });
    const waiting = openCursor({ dir, name: "late", waitForLog: true });
    const log = await openLog();
    await expect(openReader("late")).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_CURSOR_UNKNOWN" });
    await log.append(payloads("early"));
    await log.close();
    await openLog({ cursors: ["a", "late"] });
    const cursor = await waiting;
    closes.push(() => cursor.close());
    expect((await read(cursor)).texts).toEqual(["early"]);
  });

  it("stops waiting for a log when it is aborted", async () => {
    const waiting = openCursor({ dir, name: "a", waitForLog: true, signal: AbortSignal.timeout(10) });
    await expect(waiting).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_CLOSED" });
  });

  it("that is not listed any more is kept, said, and holds space until it is removed", async () => {
    const first = await openLog({ ...small, cursors: ["a", "old"] });
    for (let count = 0; count < 7; count += 1) await first.append([kilobyte()]);
    await first.close();
    const cursor = await openReader("a");
    while (cursor.position < 7) await read(cursor);
    await cursor.commit(7);
    const second = await openLog({ ...small });
    expect(types()).toEqual(["cursor-unlisted"]);
    expect(second.stats().firstOffset).toBe(0);
    await second.close();
    await removeCursor({ dir, name: "old" });
    await expect(removeCursor({ dir, name: "old" })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_CURSOR_UNKNOWN" });
    await expect(removeCursor({ dir, name: "a" })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_LOCKED" });
    expect((await openLog({ ...small })).stats()).toMatchObject({ firstOffset: 7, bytes: 0 });
  });

  it("is poisoned by a failed fsync, and goes on after it was opened again", async () => {
    const log = await openLog();
    await log.append(payloads("a"));
    const fails = faulty({ sync: (path, proceed) => (path.endsWith(".cursor") ? Promise.reject(systemError("EIO", "gone")) : proceed()) });
    const cursor = await openCursor({ dir, name: "a", fileSystem: fails, onEvent });
    await read(cursor);
    await expect(cursor.commit(1)).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_POISONED", permanent: false });
    await expect(cursor.commit(1)).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_POISONED" });
    expect(cursor.committed).toBe(0);
    expect(types()).toEqual(["poisoned"]);
    await cursor.close();
    const again = await openReader();
    await again.commit(1);
  });
});

describe("space", () => {
  it("that is used up holds appends back until every cursor has moved; then they go on in order", async () => {
    const log = await openLog({ ...small, cursors: ["a", "b"] });
    let done = 0;
    const appends = Array.from({ length: 30 }, async () => {
      await log.append([kilobyte()]);
      done += 1;
    });
    await waitFor(() => log.stats().state === "full");
    const stuck = done;
    expect(stuck).toBe(8);
    expect(log.bytes).toBeLessThanOrEqual(small.bytesMax);
    const ahead = await openReader("a");
    while (ahead.position < stuck) await read(ahead);
    await ahead.commit(stuck);
    const cursors = [ahead, await openReader("b")];
    expect(done).toBe(stuck);
    for (const cursor of cursors) {
      void (async () => {
        while (cursor.committed < 30) {
          const { next } = await read(cursor, 1_000);
          await cursor.commit(next);
        }
      })();
    }
    await Promise.all(appends);
    expect(done).toBe(30);
    expect(log.bytes).toBeLessThanOrEqual(small.bytesMax);
    expect(types().slice(0, 2)).toEqual(["full", "space"]);
    await waitFor(() => cursors.every((cursor) => cursor.committed === 30));
  });

  it("comes free behind the slowest cursor while the log is in use, without anybody waiting", async () => {
    const log = await openLog({ segmentBytesMax: 4096, bytesMax: 1024 * 1024 });
    for (let count = 0; count < 40; count += 1) await log.append([kilobyte()]);
    const before = segmentFiles().length;
    const cursor = await openReader();
    while (cursor.position < 40) await read(cursor);
    await cursor.commit(40);
    await waitFor(() => segmentFiles().length < before / 2);
    expect(log.stats().cursors).toEqual([{ name: "a", committed: 40 }]);
  });

  it("is never freed without a cursor", async () => {
    const log = await openLog({ ...small, cursors: [] });
    for (let count = 0; count < 8; count += 1) await log.append([kilobyte()]);
    const waiting = log.append([kilobyte()]);
    await waitFor(() => log.stats().state === "full");
    const closing = log.close();
    await expect(waiting).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_CLOSED" });
    await closing;
    expect(await inspect({ dir })).toMatchObject({ firstOffset: 0, records: 8, cursors: [] });
  });

  it("lets an append that waits be taken back, and rejects the waiting ones at close", async () => {
    const log = await openLog({ ...small, cursors: ["a"] });
    for (let count = 0; count < 7; count += 1) await log.append([kilobyte()]);
    const abort = new AbortController();
    const taken = log.append([Buffer.alloc(4000)], { signal: abort.signal });
    const waiting = log.append([Buffer.alloc(4000)]);
    await waitFor(() => log.stats().state === "full");
    abort.abort(new Error("taken back"));
    await expect(taken).rejects.toThrow("taken back");
    const closing = log.close();
    await expect(waiting).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_CLOSED" });
    await closing;
    await expect(log.append(payloads("x"), { signal: AbortSignal.abort(new Error("before")) })).rejects.toMatchObject({
      code: "GATELOG_SEGMENT_LOG_CLOSED",
    });
  });

  it("for one record larger than the whole log is made when the log is empty", async () => {
    const log = await openLog(small);
    await log.append(payloads("a"));
    const cursor = await openReader();
    const large = log.append([Buffer.alloc(20_000, "y")]);
    await waitFor(() => log.stats().state === "full");
    await read(cursor);
    await cursor.commit(1);
    await large;
    expect((await read(cursor)).texts).toEqual(["y".repeat(20_000)]);
  });
});

describe("a failing disk", () => {
  it("that is full refuses appends as transient, keeps nothing of them, and takes them when there is space", async () => {
    let full = false;
    const fileSystem = faulty({
      write: async (path, proceed) => {
        await proceed();
        // The bytes went out, and the last block did not fit: what a short write looks like from here.
        if (full && path.endsWith(".seg")) throw systemError("ENOSPC", path);
      },
    });
    const log = await openLog({ fileSystem });
    await log.append(payloads("a"));
    full = true;
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(log.append(payloads("b", "c"))).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_DISK_FULL", permanent: false });
    }
    expect(log.stats()).toMatchObject({ state: "open", endOffset: 1 });
    full = false;
    expect(await log.append(payloads("d"))).toEqual({ first: 1, next: 2 });
    expect((await read(await openReader())).texts).toEqual(["a", "d"]);
    expect((await inspect({ dir })).segments).toMatchObject([{ records: 2, corrupt: 0, tailBytes: 0 }]);
  });

  it("that has no room for a new segment's name refuses as transient too", async () => {
    let full = true;
    const fileSystem = faulty({
      create: (path, proceed) => (full && path.endsWith(".seg") ? Promise.reject(systemError("ENOSPC", path)) : proceed()),
    });
    const log = await openLog({ fileSystem });
    await expect(log.append(payloads("a"))).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_DISK_FULL" });
    full = false;
    expect((await log.append(payloads("a"))).first).toBe(0);
  });

  const poisons: Record<string, (fails: () => boolean) => Interposed> = {
    "an fsync of records fails": (fails) => ({
      sync: (path, proceed) => (path.endsWith(".seg") && fails() ? Promise.reject(systemError("EIO", path)) : proceed()),
    }),
    "an fsync of the directory fails": (fails) => ({
      syncDirectory: (path, proceed) => (fails() ? Promise.reject(systemError("EIO", path)) : proceed()),
    }),
    "the published end cannot be written": (fails) => ({
      write: (path, proceed) => (path.endsWith("published") && fails() ? Promise.reject(systemError("EIO", path)) : proceed()),
    }),
    "a partly written batch cannot be cut off": (fails) => ({
      write: (path, proceed) =>
        path.endsWith(".seg") && fails() ? proceed().then(() => Promise.reject(systemError("EIO", path))) : proceed(),
      truncate: (path, proceed) => (fails() ? Promise.reject(systemError("EIO", path)) : proceed()),
    }),
  };
  for (const [name, hooks] of Object.entries(poisons)) {
    it(`poisons the writer when ${name}: it rejects everything, and a new one begins a new segment`, async () => {
      let failing = false;
      const fileSystem = faulty(hooks(() => failing));
      // Small segments, so that the third record needs a new one.
      const log = await openLog({ fileSystem, segmentBytesMax: 4096, bytesMax: 65_536 });
      await log.append([Buffer.alloc(2000, "a")]);
      failing = true;
      const large = Buffer.alloc(3000, "b");
      const both = await Promise.allSettled([log.append([large]), log.append([large])]);
      failing = false;
      for (const one of both)
        expect(one).toMatchObject({ status: "rejected", reason: { code: "GATELOG_SEGMENT_LOG_POISONED", permanent: false } });
      await expect(log.append(payloads("c"))).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_POISONED" });
      expect(log.stats().state).toBe("poisoned");
      expect(types()).toEqual(["poisoned"]);
      await log.close();

      const filesBefore = segmentFiles();
      const again = await openLog({ segmentBytesMax: 4096, bytesMax: 65_536 });
      const { first } = await again.append(payloads("d"));
      expect(segmentFiles().filter((file) => !filesBefore.includes(file))).toHaveLength(1);
      const { texts } = await readEverything();
      expect(texts[0]).toBe("a".repeat(2000));
      expect(texts[first]).toBe("d");
      expect(texts).toHaveLength(first + 1);
    });
  }

  async function readEverything() {
    const cursor = await openReader();
    const texts: string[] = [];
    for (;;) {
      const some = await read(cursor);
      if (some.texts.length === 0) return { texts };
      texts.push(...some.texts);
    }
  }

  it("on which space cannot be freed says so once and goes on", async () => {
    const fileSystem = faulty({
      unlink: (path, proceed) => (path.endsWith(".seg") ? Promise.reject(systemError("EIO", path)) : proceed()),
    });
    const log = await openLog({ ...small, fileSystem });
    const cursor = await openReader();
    for (let count = 0; count < 6; count += 1) await log.append([kilobyte()]);
    await read(cursor);
    await read(cursor);
    await cursor.commit(6);
    const abort = new AbortController();
    const waiting = log.append([Buffer.alloc(4000)], { signal: abort.signal });
    await waitFor(() => types().includes("free-failed") && log.stats().state === "full");
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(types().filter((type) => type === "free-failed")).toHaveLength(1);
  });

  it("whose path is a file is refused with one sentence", async () => {
    writeFileSync(join(directory.path, "file"), "");
    await expect(openLog({ dir: join(directory.path, "file") })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_NO_ACCESS" });
    await expect(openLog({ dir: join(directory.path, "file", "below") })).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_NO_ACCESS" });
  });
});
