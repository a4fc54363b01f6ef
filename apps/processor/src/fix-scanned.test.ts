import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEnvelope } from "./envelope.ts";
import { fixEvent } from "./fix-identity.ts";
import { fixScanned } from "./fix-scanned.ts";
import { markLine, recordLine } from "./processor.test-helper.ts";
import { decodeEvent } from "./stored-event.ts";

const gatelog = { id: "0199a1b2-c3d4-7000-8000-00000000000f", time: "2026-11-23T08:00:00.123Z" };
const frameOf = (event: unknown, indent = 0) => Buffer.from(JSON.stringify(event, undefined, indent));

/** What an output sees of it. */
function seen(fixed: { readonly bytes: Buffer } | undefined) {
  const event = fixed === undefined ? undefined : decodeEvent(fixed.bytes);
  return event === undefined
    ? undefined
    : { id: event.id, time: event.time, type: event.type, message: event.message, fields: event.fields };
}

describe("a frame with a gateway's record and its identity", () => {
  it("is the same event as the one that is parsed, whatever stands around its line, in whatever order", () => {
    const others = fc.dictionary(fc.stringMatching(/^[a-z@]{0,8}$/), fc.jsonValue({ maxDepth: 3 }));
    const members = fc.shuffledSubarray(["message", "gatelog", "others", "more"], { minLength: 4 });
    fc.assert(
      fc.property(members, others, others, fc.string({ unit: "binary" }), fc.constantFrom(0, 1), (order, before, after, text, indent) => {
        const line = `${recordLine(7).slice(0, -1)},"more":${JSON.stringify(text)}}`;
        const parts: Record<string, object> = { message: { message: line }, gatelog: { gatelog }, others: before, more: after };
        const event = Object.assign({}, ...order.map((name) => parts[name])) as Record<string, unknown>;
        const frame = frameOf({ ...event, message: line, gatelog }, indent);
        const scanned = fixScanned(frame);
        // Keys with escapes in them are left to the parser.
        fc.pre(scanned !== undefined || !/\\[^\n]*"\s*:/.test(JSON.stringify([before, after])));
        expect(scanned).toMatchObject({ type: "record", hasLine: true });
        expect(scanned?.lineBytes).toBeGreaterThanOrEqual(Buffer.byteLength(line));
        expect(seen(scanned)).toEqual(seen(fixEvent(frame, parseEnvelope(frame), "UTC")));
      }),
      { numRuns: 500 },
    );
  });

  it("of the tailer, whose end is taken for granted, is the same event also where there is more in it than it seems", () => {
    const line = JSON.stringify(recordLine(7));
    const tail = `"gatelog":${JSON.stringify(gatelog)}`;
    const frames = [
      `{"log":{"offset":7},"message":${line},${tail}}`,
      `{"message":${line},"x":"y",${tail}}`,
      `{"message":${line},"gatelog":{"id":"7"},${tail}}`,
      `{"message":${line},"message":"another",${tail}}`,
      `{"message":${line},"x":{${tail}}}`,
      `{"message":${JSON.stringify(`${recordLine(7)}"`)},${tail}}`,
      `{"message":${JSON.stringify(`${recordLine(7)}\\`)},${tail}}`,
      `{"message":${line},"x":"\\",${tail}}`,
    ];
    for (const text of frames) {
      const frame = Buffer.from(text);
      const parsed = fixEvent(frame, parseEnvelope(frame), "UTC");
      const scanned = fixScanned(frame) ?? parsed;
      // Of one in another object, the id is the record's own.
      expect(seen(scanned), text).toEqual(seen(parsed));
    }
  });

  it("of the tailer is told from the one before it, however little they differ", () => {
    const line = JSON.stringify(recordLine(7));
    const tail = `"gatelog":${JSON.stringify(gatelog)}}`;
    const heads = ["9", "10", "1000", "010", "", "1e3", "-5", "1.5", "7,8", "0", "7"].map(
      (offset) => `{"log":{"path":"a","offset":${offset}},`,
    );
    const others = ['{"log":{"path":"b","offset":7},', '{"log":{"path":"a","offset":7},"x":1,', '{"log":{"path":"a","offset":7 },', "{"];
    for (const head of [...heads, ...others, ...heads.toReversed()]) {
      const frame = Buffer.from(`${head}"message":${line},${tail}`);
      const scanned = fixScanned(frame);
      const parsed = fixEvent(frame, parseEnvelope(frame), "UTC");
      if (scanned !== undefined) expect(seen(scanned), head).toEqual(seen(parsed));
      expect(scanned === undefined, head).toBe(parseEnvelope(frame) === undefined);
    }
  });

  it("may have every field that stands between its message and its end", () => {
    const frame = Buffer.from(`{"message":${JSON.stringify(recordLine(7))},"tags":["payments"],"gatelog":${JSON.stringify(gatelog)}}`);
    const event = decodeEvent(fixScanned(frame)?.bytes ?? Buffer.alloc(0));
    expect(event?.mayHaveField("tags")).toBe(true);
    expect(event?.tags).toEqual(["payments"]);
    expect(event?.mayHaveField("other")).toBe(false);
  });

  it("has U+FFFD for bytes that are no UTF-8, as one that is parsed", () => {
    const [before = "", after = ""] = JSON.stringify({ message: `${recordLine(7)}x`, gatelog }).split("}x");
    const frame = Buffer.concat([Buffer.from(`${before}}`), Buffer.from([0xff, 0xe6]), Buffer.from(after)]);
    expect(seen(fixScanned(frame))).toEqual(seen(fixEvent(frame, parseEnvelope(frame), "UTC")));
    expect(seen(fixScanned(frame))?.message).toContain("\uFFFD");
  });

  it("has its fields also where its message was set before anybody read it", () => {
    const line = JSON.stringify(recordLine(7));
    const frame = Buffer.from(`{"message":${line},"x":"y","gatelog":${JSON.stringify(gatelog)}}`);
    const event = decodeEvent(fixScanned(frame)?.bytes ?? Buffer.alloc(0));
    if (event === undefined) throw new Error("the frame was not scanned");
    event.message = "another";
    expect(event.fields).toEqual({ x: "y" });
    expect(event.message).toBe("another");
  });

  it("whose message is no JSON text is a line as it came, with the id that it carries", () => {
    for (const wrong of ["\u0001", String.raw`\x`]) {
      const frame = Buffer.from(`{"message":${JSON.stringify(recordLine(7)).slice(0, -1)}${wrong}","gatelog":${JSON.stringify(gatelog)}}`);
      expect(seen(fixScanned(frame))).toEqual({ ...gatelog, type: "record", message: frame.toString(), fields: {} });
    }
  });

  it.each([
    ["a line of somebody else", { message: "GET /", gatelog }],
    ["a mark", { message: markLine(1), gatelog }],
    ["no identity", { message: recordLine(1) }],
    ["an id that is none", { message: recordLine(1), gatelog: { ...gatelog, id: "7" } }],
    ["a time that is none", { message: recordLine(1), gatelog: { ...gatelog, time: "2026-13-23T08:00:00.123Z" } }],
    ["no line", { gatelog }],
  ])("with %s it is left to the parser", (_, event) => {
    expect(fixScanned(frameOf(event))).toBeUndefined();
  });
});
