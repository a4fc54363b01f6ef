import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SegmentLogEvent } from "./events.ts";
import { inspect } from "./inspect.ts";
import { openCursor } from "./open-cursor.ts";
import { openSegmentLog } from "./open-segment-log.ts";
import { headerBytes } from "./record-format.ts";
import { replayable } from "./test/replayable.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let dir: string;
let events: SegmentLogEvent[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  dir = join(directory.path, "log");
  events = [];
});
afterEach(() => directory.remove());

const onEvent = (event: SegmentLogEvent) => events.push(event);
const text = (number: number) => `record ${number} of the log`;
const payloadBytes = text(0).length;
const recordSize = headerBytes + payloadBytes;

/** A closed log with single-digit records, each of them fsynced alone or all of them together. */
async function writeLog(options: { records: number; together?: boolean; cursors?: string[] }): Promise<void> {
  const log = await openSegmentLog({ dir, cursors: options.cursors ?? ["a"] });
  const payloads = Array.from({ length: options.records }, (_, index) => Buffer.from(text(index)));
  if (options.together === true) await log.append(payloads);
  else for (const payload of payloads) await log.append([payload]);
  await log.close();
}

function segments(): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(".seg"))
    .toSorted()
    .map((name) => join(dir, name));
}

function segment(index: number): string {
  const path = segments().at(index);
  if (path === undefined) throw new Error(`there is no segment ${index}`);
  return path;
}

function flip(path: string, position: number, mask = 0x01): void {
  const content = readFileSync(path);
  content[position] = (content[position] ?? 0) ^ mask;
  writeFileSync(path, content);
}

async function readAll(name = "a"): Promise<{ texts: string[]; offsets: number[]; next: number }> {
  const cursor = await openCursor({ dir, name, onEvent });
  try {
    const out = { texts: [] as string[], offsets: [] as number[], next: cursor.position };
    for (;;) {
      const { records, next } = await cursor.read({ recordsMax: 1_000, bytesMax: 1_000_000, waitMsMax: 0 });
      if (next === out.next) return out;
      out.texts.push(...records.map((record) => record.payload.toString()));
      out.offsets.push(...records.map((record) => record.offset));
      out.next = next;
    }
  } finally {
    await cursor.close();
  }
}

const reopen = async () => (await openSegmentLog({ dir, cursors: ["a"], onEvent })).close();
const types = () => events.map((event) => event.type);
const but = (...lost: number[]) => [0, 1, 2, 3, 4].filter((number) => !lost.includes(number)).map(text);

describe("a damaged record", () => {
  it(
    "is skipped alone, whichever of its bits is flipped; offsets stay, and the loss is counted and reported",
    { timeout: 60_000 },
    async () => {
      await writeLog({ records: 5 });
      const intact = readFileSync(segment(0));
      for (let position = 2 * recordSize; position < 3 * recordSize; position += 1) {
        events = [];
        flip(segment(0), position, 1 << (position % 8));
        const read = await readAll();
        expect(read.texts, `byte ${position}`).toEqual(but(2));
        expect(read.offsets).toEqual([0, 1, 3, 4]);
        expect(events).toMatchObject([{ type: "corrupt", level: "error", offset: 2, recordsLost: 1, bytes: recordSize }]);
        writeFileSync(segment(0), intact);
      }
    },
  );

  it("is also skipped when it is the first or the last one, or when all are damaged", async () => {
    await writeLog({ records: 5 });
    flip(segment(0), headerBytes);
    flip(segment(0), 5 * recordSize - 1);
    expect((await readAll()).texts).toEqual(but(0, 4));
    expect(events.map((event) => event.recordsLost)).toEqual([1, 1]);
    for (const record of [1, 2, 3]) flip(segment(0), record * recordSize + 20);
    events = [];
    expect(await readAll()).toEqual({ texts: [], offsets: [], next: 5 });
    expect(events).toMatchObject([{ type: "corrupt", offset: 0, recordsLost: 5 }]);
  });

  it("does not hide what is appended after it", async () => {
    await writeLog({ records: 5 });
    flip(segment(0), 5 * recordSize - 1);
    const log = await openSegmentLog({ dir, cursors: ["a"], onEvent });
    const { first } = await log.append([Buffer.from("later")]);
    expect(first).toBe(5);
    await log.close();
    expect((await readAll()).texts).toEqual([...but(4), "later"]);
  });

  it("is reported once, though the cursor goes back and reads it again", async () => {
    await writeLog({ records: 5 });
    flip(segment(0), 2 * recordSize);
    const cursor = await openCursor({ dir, name: "a", onEvent });
    for (const from of [0, 0, 1, 4]) {
      cursor.seek(from);
      const seen: number[] = [];
      for (let next = from; next < 5;) {
        const read = await cursor.read({ recordsMax: 2, bytesMax: 60, waitMsMax: 0 });
        seen.push(...read.records.map((record) => record.offset));
        next = read.next;
      }
      expect(seen).toEqual([0, 1, 3, 4].filter((offset) => offset >= from));
    }
    await cursor.close();
    expect(types()).toEqual(["corrupt"]);
  });

  it("is counted by inspect", async () => {
    await writeLog({ records: 5 });
    flip(segment(0), 2 * recordSize + 30);
    expect(await inspect({ dir })).toMatchObject({
      records: 4,
      corrupt: 1,
      firstOffset: 0,
      published: { next: 5 },
      segments: [{ firstOffset: 0, records: 4, corrupt: 1, recordsLost: 1, tailBytes: 0, bytes: 5 * recordSize }],
      cursors: [{ name: "a", committed: 0, lag: 5 }],
    });
  });

  it("never lets a payload that contains the bytes of records pass as records", async () => {
    await writeLog({ records: 5 });
    const forged = readFileSync(segment(0));
    const log = await openSegmentLog({ dir, cursors: ["a"] });
    await log.append([forged]);
    await log.append([Buffer.from("after")]);
    await log.close();
    flip(segment(1), 9);
    expect((await readAll()).texts).toEqual([...but(), "after"]);
    expect(events).toMatchObject([{ type: "corrupt", offset: 5, recordsLost: 1 }]);
  });

  it("in random places, any number of them, costs only itself", { timeout: 60_000 }, async () => {
    await replayable(async (random) => {
      for (let round = 0; round < 40; round += 1) {
        rmSync(dir, { recursive: true, force: true });
        await writeLog({ records: 5, together: random.next() < 0.5 });
        const damaged = [0, 1, 2, 3, 4].filter(() => random.next() < 0.4);
        for (const record of damaged) flip(segment(0), record * recordSize + random.integer(0, recordSize - 1), 1 << random.integer(0, 7));
        expect((await readAll()).texts).toEqual(but(...damaged));
        await reopen();
        expect((await readAll()).texts).toEqual(but(...damaged));
      }
    });
  });
});

describe("a tail", () => {
  it("that was never acknowledged is cut when the log is opened, without a word of loss", async () => {
    await writeLog({ records: 3 });
    const whole = readFileSync(segment(0));
    for (const torn of [1, headerBytes - 1, headerBytes, recordSize - 1]) {
      writeFileSync(segment(0), Buffer.concat([whole, whole.subarray(0, torn)]));
      events = [];
      expect((await readAll()).texts).toHaveLength(3);
      await reopen();
      expect(events).toMatchObject([{ type: "tail-cut", offset: 3, bytes: torn }]);
      expect(statSync(segment(0)).size).toBe(whole.length);
    }
  });

  it("of zeros, as a power loss leaves them, is cut", async () => {
    await writeLog({ records: 3 });
    truncateSync(segment(0), 100_000);
    await reopen();
    expect(types()).toEqual(["tail-cut"]);
    expect((await readAll()).texts).toHaveLength(3);
  });

  it("that was written but not published any more is found again", async () => {
    const early = join(directory.path, "published-early");
    const log = await openSegmentLog({ dir, cursors: ["a"] });
    await log.append([Buffer.from(text(0))]);
    copyFileSync(join(dir, "published"), early);
    for (const number of [1, 2, 3, 4]) await log.append([Buffer.from(text(number))]);
    await log.close();
    copyFileSync(early, join(dir, "published"));
    expect((await readAll()).texts).toEqual([text(0)]);
    await reopen();
    expect((await readAll()).texts).toEqual(but());
    expect(events).toEqual([]);
  });

  it("keeps acknowledged records behind a damaged one, though the published end is lost", async () => {
    await writeLog({ records: 5 });
    flip(segment(0), 2 * recordSize + 30);
    rmSync(join(dir, "published"));
    await reopen();
    expect((await readAll()).texts).toEqual(but(2));
    expect(types()).toEqual(["corrupt"]);
  });

  it("drops the rest of a torn batch, which nobody was promised", async () => {
    await writeLog({ records: 5, together: true });
    flip(segment(0), 2 * recordSize + 30);
    rmSync(join(dir, "published"));
    await reopen();
    expect(await readAll()).toMatchObject({ texts: [text(0), text(1)], next: 2 });
    expect(types()).toEqual(["tail-cut"]);
  });
});

describe("a log", () => {
  it("whose newest segment is empty opens, and goes on at the right offset", async () => {
    await writeLog({ records: 3 });
    writeFileSync(join(dir, "00000000000000000003-0000abcd.seg"), "");
    const log = await openSegmentLog({ dir, cursors: ["a"], onEvent });
    expect(log.endOffset).toBe(3);
    expect((await log.append([Buffer.from("next")])).first).toBe(3);
    await log.close();
    expect(events).toEqual([]);
    expect((await readAll()).texts).toEqual([text(0), text(1), text(2), "next"]);
  });

  it("whose only segment was emptied gives no offset twice, and says what is lost", async () => {
    await writeLog({ records: 3 });
    writeFileSync(segment(0), "");
    const log = await openSegmentLog({ dir, cursors: ["a"], onEvent });
    expect((await log.append([Buffer.from("next")])).first).toBe(3);
    await log.close();
    expect(events).toMatchObject([{ type: "published-ahead", offset: 0, recordsLost: 3 }]);
    expect(await readAll()).toMatchObject({ texts: ["next"], offsets: [3] });
  });

  it("whose published end claims more than there is says so, keeps what there is and goes on behind the claim", async () => {
    await writeLog({ records: 5 });
    truncateSync(segment(0), 2 * recordSize + 7);
    const log = await openSegmentLog({ dir, cursors: ["a"], onEvent });
    expect((await log.append([Buffer.from("next")])).first).toBe(5);
    await log.close();
    expect(events).toMatchObject([
      { type: "tail-cut", bytes: 7 },
      { type: "published-ahead", offset: 2, recordsLost: 3 },
    ]);
    events = [];
    expect(await readAll()).toMatchObject({ texts: [text(0), text(1), "next"], offsets: [0, 1, 5] });
    expect(events).toMatchObject([{ type: "records-missing", offset: 2, recordsLost: 3 }]);
  });

  it("with a segment deleted in the middle reads on behind it and says what is missing", async () => {
    for (const number of [0, 1, 2]) {
      const log = await openSegmentLog({ dir, cursors: ["a"] });
      await log.append([Buffer.from(text(number))]);
      await log.close();
    }
    rmSync(segment(1));
    expect(await readAll()).toMatchObject({ texts: [text(0), text(2)], offsets: [0, 2] });
    expect(events).toMatchObject([{ type: "records-missing", offset: 1, recordsLost: 1 }]);
  });

  it("with a damaged published end finds its end by scanning", async () => {
    await writeLog({ records: 5 });
    writeFileSync(join(dir, "published"), Buffer.alloc(8192, 0xff));
    const log = await openSegmentLog({ dir, cursors: ["a"], onEvent });
    expect(log.endOffset).toBe(5);
    await log.close();
    expect(types()).toEqual(["published-unreadable"]);
    expect((await readAll()).texts).toEqual(but());
  });

  it("of a later version is refused, and not taken for damage", async () => {
    await writeLog({ records: 5 });
    writeFileSync(join(dir, "00000000000000000005-0000abcd.seg2"), "from the future");
    await expect(reopen()).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_VERSION" });
    await expect(readAll()).rejects.toMatchObject({ code: "GATELOG_SEGMENT_LOG_VERSION" });
    expect(events).toEqual([]);
  });

  it("ignores files that are not its own", async () => {
    await writeLog({ records: 5 });
    for (const name of ["lost+found", ".DS_Store", "1-2.seg", "00000000000000000009-zzzzzzzz.seg"]) writeFileSync(join(dir, name), "x");
    writeFileSync(join(dir, "cursors", "a.cursor.new"), "half");
    await reopen();
    expect((await readAll()).texts).toEqual(but());
    expect(events).toEqual([]);
  });
});

describe("a cursor's file", () => {
  it("keeps its last good position when the newer half is torn", async () => {
    await writeLog({ records: 5 });
    const cursor = await openCursor({ dir, name: "a" });
    await cursor.read({ recordsMax: 3, bytesMax: 1_000, waitMsMax: 0 });
    await cursor.commit(2);
    await cursor.commit(3);
    await cursor.close();
    const path = join(dir, "cursors", "a.cursor");
    // Generation 0 was made with the file, 1 is the commit of 2, and 2, in the first slot, that of 3.
    flip(path, 20);
    expect((await readAll()).offsets).toEqual([2, 3, 4]);
    expect(events).toEqual([]);
  });

  it("begins again at the oldest record when it is damaged, and holds all space until then", async () => {
    await writeLog({ records: 5 });
    writeFileSync(join(dir, "cursors", "a.cursor"), Buffer.alloc(8192, 7));
    await reopen();
    expect(segments()).toHaveLength(1);
    expect((await readAll()).texts).toEqual(but());
    expect(types()).toEqual(["cursor-unreadable"]);
    events = [];
    await readAll();
    expect(events).toEqual([]);
  });

  it("that is stale, as from a copy, has what came after it read again", async () => {
    await writeLog({ records: 5 });
    const early = join(directory.path, "cursor-early");
    const cursor = await openCursor({ dir, name: "a" });
    for (const recordsMax of [2, 3]) {
      const { next } = await cursor.read({ recordsMax, bytesMax: 1_000, waitMsMax: 0 });
      await cursor.commit(next);
      if (recordsMax === 2) copyFileSync(join(dir, "cursors", "a.cursor"), early);
    }
    await cursor.close();
    expect((await readAll()).texts).toEqual([]);
    copyFileSync(early, join(dir, "cursors", "a.cursor"));
    await reopen();
    expect((await readAll()).offsets).toEqual([2, 3, 4]);
    expect(events).toEqual([]);
  });

  it("that is older than what the log still keeps goes on at the oldest record, and says how many are gone", async () => {
    await writeLog({ records: 3 });
    const early = join(directory.path, "cursor-early");
    copyFileSync(join(dir, "cursors", "a.cursor"), early);
    const log = await openSegmentLog({ dir, cursors: ["a"], onEvent });
    await log.append([Buffer.from(text(3)), Buffer.from(text(4))]);
    const cursor = await openCursor({ dir, name: "a" });
    await cursor.read({ recordsMax: 3, bytesMax: 1_000, waitMsMax: 0 });
    await cursor.commit(3);
    await cursor.close();
    await waitFor(() => segments().length === 1, { what: "the first segment to be freed" });
    await log.close();
    copyFileSync(early, join(dir, "cursors", "a.cursor"));
    expect((await readAll()).texts).toEqual([text(3), text(4)]);
    expect(events).toMatchObject([{ type: "cursor-behind", offset: 0, recordsLost: 3 }]);
  });

  it("is made again when it was deleted", async () => {
    await writeLog({ records: 5 });
    rmSync(join(dir, "cursors"), { recursive: true });
    mkdirSync(join(dir, "cursors"));
    await reopen();
    expect((await readAll()).texts).toEqual(but());
  });
});
