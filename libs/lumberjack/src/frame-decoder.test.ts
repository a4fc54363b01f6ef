import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { encodeAck, encodeWindow } from "./encoder.ts";
import { AckDecoder } from "./ack-decoder.ts";
import { LumberjackError } from "./errors.ts";
import { type Frame, FrameDecoder } from "./frame-decoder.ts";
import { inflatePieces } from "./inflate.ts";
import { defaultLimits, version1, version2 } from "./protocol.ts";
import { compressedFrame, dataFrame, jsonFrame, windowFrame } from "./raw-peer.test-helper.ts";

/** Feeds `bytes` cut at `cuts` and collects the frames. */
function decode(bytes: Buffer, cuts: readonly number[], limits = defaultLimits): Frame[] {
  const decoder = new FrameDecoder(limits);
  const frames: Frame[] = [];
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  for (const [index, edge] of edges.entries()) {
    decoder.push(bytes.subarray(edges[index - 1] ?? 0, edge));
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(frame);
  }
  return frames;
}

async function inflateAll(payload: Buffer, bytesMax = 1 << 20): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of inflatePieces(payload, bytesMax)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const cutsArbitrary = fc.array(fc.nat(5000), { maxLength: 20 });
const eventArbitrary = fc.jsonValue().map((value) => Buffer.from(JSON.stringify({ value })));

test("what the encoder writes the decoder reads, however the stream is cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(eventArbitrary, { minLength: 1, maxLength: 20 }), cutsArbitrary, async (events, cuts) => {
      const frames = decode(Buffer.concat(await encodeWindow(events, 0)), cuts);
      expect(frames[0]).toEqual({ kind: "window", version: version2, count: events.length });
      expect(frames.slice(1)).toEqual(events.map((json, index) => ({ kind: "event", version: version2, sequence: index + 1, json })));
    }),
  );
});

test("a compressed window inflates to the same frames, at any level", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(eventArbitrary, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 9 }),
      cutsArbitrary,
      async (events, level, cuts) => {
        const [window, compressed] = decode(Buffer.concat(await encodeWindow(events, level)), cuts);
        expect(window).toMatchObject({ kind: "window", count: events.length });
        if (compressed?.kind !== "compressed") throw new Error("no compressed frame");
        const inner = decode(await inflateAll(compressed.payload), cuts);
        expect(inner.map((frame) => (frame.kind === "event" ? frame.json : frame))).toEqual(events);
      },
    ),
  );
});

test("version 1 fields survive however the stream is cut", () => {
  const fields = fc.dictionary(fc.string({ unit: "grapheme", maxLength: 10 }), fc.string({ unit: "grapheme", maxLength: 30 }), {
    minKeys: 1,
    maxKeys: 8,
  });
  fc.assert(
    fc.property(fields, cutsArbitrary, (values, cuts) => {
      const frames = decode(Buffer.concat([windowFrame(1, "1"), dataFrame(7, values)]), cuts);
      expect(frames[1]).toMatchObject({ kind: "event", version: version1, sequence: 7 });
      const json = frames[1]?.kind === "event" ? frames[1].json.toString() : "";
      expect(new Map(Object.entries(JSON.parse(json) as object))).toEqual(new Map(Object.entries(values)));
    }),
  );
});

test("arbitrary bytes give frames or one of the library's own errors, and hold no more than the limits allow", () => {
  const limits = { windowEventsMax: 50, jsonBytesMax: 200, compressedBytesMax: 200, inflatedBytesMax: 1000, pairsMax: 4 };
  const head = fc.constantFrom(
    windowFrame(3),
    jsonFrame(1, "{}"),
    compressedFrame(deflateSync(Buffer.from("x"))),
    dataFrame(1, { a: "b" }),
    Buffer.from("2J"),
    Buffer.from("1D\0\0\0\x01\0\0\0\x02"),
  );
  const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(fc.oneof(head, noise), { maxLength: 30 }), (parts) => {
      const decoder = new FrameDecoder(limits);
      try {
        for (const part of parts) {
          decoder.push(part);
          while (decoder.next() !== undefined);
          expect(decoder.bufferedBytes).toBeLessThanOrEqual(210 + 4);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(LumberjackError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a data frame that escaping makes too large is refused before its object is made", () => {
  const stringify = vi.spyOn(JSON, "stringify");
  try {
    const bytesMax = 1_000_000;
    const frameOf = (text: string) => {
      const decoder = new FrameDecoder({ ...defaultLimits, jsonBytesMax: bytesMax });
      decoder.push(dataFrame(1, { k: text }));
      return decoder.next();
    };
    const punctuation = '{"k":""}'.length;
    // What is measured is what becomes of it.
    for (const text of ['"', "\\", "\n", "\u0001", "ü", "世", "😀", "x"]) {
      const escaped = JSON.stringify(text).slice(1, -1);
      const fitting = text.repeat(Math.floor((bytesMax - punctuation) / Buffer.byteLength(escaped)));
      const frame = frameOf(fitting);
      expect(frame?.kind === "event" && frame.json.length).toBe(Buffer.byteLength(JSON.stringify({ k: fitting })));
    }
    stringify.mockClear();
    expect(() => frameOf("\u0000".repeat(900_000))).toThrow(/5400001 bytes are over the limit of 1000000/);
    expect(stringify).not.toHaveBeenCalled();
  } finally {
    stringify.mockRestore();
  }
});

test("an announced length tells how much is still to come", () => {
  const decoder = new FrameDecoder(defaultLimits);
  decoder.push(jsonFrame(1, "", 1_000_000));
  expect(decoder.next()).toBeUndefined();
  expect(decoder.incomplete).toEqual({ kind: "json", announcedBytes: 1_000_000 });
  decoder.push(Buffer.alloc(1_000_000, 0x20));
  expect(decoder.next()).toMatchObject({ kind: "event" });
  expect(decoder.incomplete).toBeUndefined();
});

test("inflating gives small pieces and stops at its limit", async () => {
  const sizes: number[] = [];
  const run = async () => {
    for await (const piece of inflatePieces(deflateSync(Buffer.alloc(50_000_000)), 1_000_000)) sizes.push(piece.length);
  };
  await expect(run()).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_LIMIT" });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
});

test.each([
  ["the empty stream", Buffer.alloc(0)],
  ["a cut stream", deflateSync(Buffer.alloc(1000)).subarray(0, 8)],
  ["a wrong checksum", Buffer.concat([deflateSync(Buffer.alloc(1000)).subarray(0, -1), Buffer.from([0xff])])],
  ["bytes after the stream", Buffer.concat([deflateSync(Buffer.alloc(1000)), Buffer.from([1])])],
])("%s does not inflate", async (_, payload) => {
  await expect(inflateAll(payload)).rejects.toMatchObject({ code: "GATELOG_LUMBERJACK_INFLATE" });
});

test("ACKs are read however they are cut", () => {
  const bytes = Buffer.concat([encodeAck(version2, 0), encodeAck(version2, 7), encodeAck(version1, 4_294_967_295)]);
  const decoder = new AckDecoder();
  const sequences = [...bytes].flatMap((byte) => decoder.push(Buffer.from([byte])));
  expect(sequences).toEqual([0, 7, 4_294_967_295]);
});
