import { Buffer } from "node:buffer";
import { compressSnappy, messageBytes, partitionOfBytes, type TopicMessage, writeRecord } from "@gatelog/topic/records";
import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { fixScanned } from "../fix-scanned.ts";
import { encodeEvent } from "../plain-event.ts";
import { bundleRecordWorker, beatsEvent, recordLine } from "../processor.test-helper.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import { messageOf, writeRawRecords } from "./raw-records.ts";
import { RecordThread } from "./record-thread.ts";

const time = "2026-11-23T08:00:00.123Z";

/** As the buffer keeps a frame of the tailer's. */
function kept(id: string, requestContent: string): Buffer {
  const bytes = fixScanned(beatsEvent(recordLine(1, { requestContent }), 1, { gatelog: { id, time } }))?.bytes;
  if (bytes === undefined) throw new Error("it is to be kept as it came");
  return Buffer.from(bytes);
}

const anyText = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.string({ unit: "grapheme", maxLength: 9000 }));
const anyEvent = fc.oneof(
  fc.tuple(fc.uuid(), anyText).map(([id, text]) => kept(id, text)),
  fc
    .tuple(fc.uuid(), fc.uint8Array({ maxLength: 300 }), fc.constantFrom("record" as const, "mark" as const))
    .map(([id, line, type]) => encodeEvent({ id, time, type, line, fieldsJson: "" })),
  // The line is not the one text that the frame was taken to be: it has to be parsed, and grows.
  fc.uuid().map((id) => {
    const bytes = kept(id, "x".repeat(500));
    return bytes.fill(0xff, bytes.indexOf("xxx"), bytes.indexOf("xxx") + 450);
  }),
);

const decoded = (bytes: Buffer) => decodeEvent(bytes) as WorkEvent;
const messageIn = (event: WorkEvent) => messageOf(event, event.line);

/** The records of each partition as the topic's own encoder writes them. */
function expected(messages: readonly TopicMessage[], partitions: number): Map<number, Buffer> {
  const groups = new Map<number, TopicMessage[]>();
  for (const message of messages) {
    const key = Buffer.from(message.key);
    const partition = partitionOfBytes(key, 0, key.length, partitions);
    groups.set(partition, [...(groups.get(partition) ?? []), message]);
  }
  return new Map(
    Array.from(groups, ([partition, group]) => {
      const bytes = Buffer.alloc(group.reduce((sum, message) => sum + messageBytes(message), 0));
      let at = 0;
      for (const [index, message] of group.entries()) at = writeRecord(bytes, at, index, message);
      return [partition, bytes.subarray(0, at)];
    }),
  );
}

function pack(events: readonly Buffer[]) {
  return { bytes: Buffer.concat(events), lengths: Uint32Array.from(events, ({ length }) => length) };
}

it("records are those that the events' messages would have, whatever they hold", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 80 }), fc.constantFrom(1, 3), (events, partitions) => {
      const small = Buffer.alloc(64);
      const { runs, into } = writeRawRecords(pack(events), { partitions, bytesMax: Infinity }, small);
      const written = new Map(runs[0]?.groups.map(({ partition, start, end }) => [partition, into.subarray(start, end)]));
      const wanted = expected(
        events.map((bytes) => messageIn(decoded(bytes))),
        partitions,
      );
      expect(runs.map(({ count }) => count)).toEqual([events.length]);
      expect(new Set(written.keys())).toEqual(new Set(wanted.keys()));
      for (const [partition, bytes] of wanted) expect(written.get(partition)?.equals(bytes)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it("requests have no more bytes than they may, in order, and an event that is larger has one of its own", () => {
  const lines = [100, 100, 100, 5000, 100].map((length) => Buffer.alloc(length, "x"));
  const events = lines.map((line, index) =>
    encodeEvent({ id: `0199a1b2-c3d4-7000-8000-00000000000${index}`, time, type: "record", line, fieldsJson: "" }),
  );
  const { runs } = writeRawRecords(pack(events), { partitions: 1, bytesMax: 1000 }, Buffer.alloc(16_384));
  expect(runs.map(({ count }) => count)).toEqual([2, 1, 1, 1]);
  for (const { groups } of runs.filter((_, index) => index !== 2))
    expect((groups[0]?.end ?? 0) - (groups[0]?.start ?? 0)).toBeLessThanOrEqual(1000);
});

describe("a thread that makes records", () => {
  const id = "0199a1b2-c3d4-7000-8000-000000000001";
  const options = { partitions: 1, bytesMax: 1_000_000, compression: "none" } as const;
  let thread: RecordThread | undefined;
  const ended: string[] = [];

  async function open(): Promise<RecordThread> {
    ended.length = 0;
    return (thread = new RecordThread(({ message }) => ended.push(message), await bundleRecordWorker()));
  }

  afterEach(async () => {
    await thread?.stop();
  });

  it.each(["none", "snappy"] as const)(
    "makes those of batches one after the other, and of a line that a filter wrote (%s)",
    async (compression) => {
      const { make } = bound(await open());
      const changed = decoded(kept(id, "secret"));
      changed.message = "a line that a filter wrote";
      const batches = [[decoded(kept(id, "one"))], [changed], [decoded(kept(id, "three")), decoded(kept(id, "four"))]];
      const made = await Promise.all(batches.map((batch) => make(batch, { partitions: 1, bytesMax: 1_000_000, compression })));
      for (const [index, batch] of batches.entries()) {
        const wanted = expected(batch.map(messageIn), 1).get(0) as Buffer;
        const [request, ...others] = made[index] ?? [];
        expect(others).toEqual([]);
        expect(request).toMatchObject({ count: batch.length, partitions: 1, isCompressed: compression === "snappy" });
        expect(request?.groups).toMatchObject([{ partition: 0, count: batch.length }]);
        expect(request?.groups[0]?.bytes.equals(compression === "snappy" ? compressSnappy(wanted) : wanted)).toBe(true);
      }
    },
  );

  it("makes a batch while one before it is still to be sent", async () => {
    const { make } = bound(await open());
    const lineOf = async (text: string) => (await make([decoded(kept(id, text))], options))?.[0]?.groups[0]?.bytes as Buffer;
    const texts = ["first", "second", "third", "fourth"];
    const lines: Buffer[] = [];
    for (const text of texts) lines.push(await lineOf(text));
    expect(lines.map((line) => texts.filter((text) => line.includes(text)))).toEqual(texts.map((text) => [text]));
  });

  it("that ends rejects what it was to make, says so once, and is not asked again for a while", async () => {
    const { make } = bound(await open());
    const noEvent = Object.assign(decoded(kept(id, "x")), { bytes: Buffer.from([9, 9, 9]) });
    const batches = [[noEvent], [decoded(kept(id, "y"))]];
    const made = batches.map((batch) => make(batch, options));
    const outcomes = await Promise.allSettled(made);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(ended).toEqual([expect.stringMatching(/cannot be read again/)]);
    expect(await make([decoded(kept(id, "z"))], options)).toBeUndefined();
  });
});

function bound(thread: RecordThread) {
  return { make: async (...parameters: Parameters<RecordThread["make"]>) => thread.make(...parameters) };
}
