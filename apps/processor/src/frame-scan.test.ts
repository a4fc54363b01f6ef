import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FrameScan, scanFrame } from "./frame-scan.ts";
import { beatsEvent, recordLine } from "./processor.test-helper.ts";
import { unescapeInto } from "./unescape.ts";

function unescaped(bytes: Buffer): Buffer {
  const target = Buffer.alloc(bytes.length);
  return target.subarray(0, unescapeInto(bytes, { start: 0, end: bytes.length }, target, 0));
}

const textIn = (frame: Buffer, start: number, end: number) => (start === -1 ? undefined : unescaped(frame.subarray(start, end)).toString());
const messageIn = (frame: Buffer, scan: FrameScan | undefined) => scan && textIn(frame, scan.messageStart, scan.messageEnd);

describe("the scan of a frame", () => {
  it("finds what JSON.parse finds, in whatever else stands around it", () => {
    const event = fc.record(
      {
        message: fc.string({ unit: "binary" }),
        gatelog: fc.record({ id: fc.string(), time: fc.string({ unit: "grapheme" }), more: fc.jsonValue() }, { requiredKeys: [] }),
        log: fc.jsonValue(),
        "@timestamp": fc.string(),
        fields: fc.dictionary(fc.stringMatching(/^[^"\\]*$/), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(event, fc.constantFrom(0, 2), (value, indent) => {
        const frame = Buffer.from(JSON.stringify(value, undefined, indent));
        const scan = scanFrame(frame);
        // Keys with escapes in them are left to the parser.
        if (scan === undefined) {
          expect(frame.toString()).toMatch(/\\[^\n]*":/);
          return;
        }
        const parsed = JSON.parse(frame.toString()) as typeof value;
        const asUtf8 = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text).toString());
        expect(messageIn(frame, scan)).toBe(asUtf8(parsed.message));
        expect(textIn(frame, scan.idStart, scan.idEnd)).toBe(asUtf8(parsed.gatelog?.id));
        expect(textIn(frame, scan.timeStart, scan.timeEnd)).toBe(asUtf8(parsed.gatelog?.time));
      }),
      { numRuns: 1000 },
    );
  });

  it("knows the events of the tailer and of Filebeat", () => {
    const frame = beatsEvent(recordLine(7), 100);
    expect(messageIn(frame, scanFrame(frame))).toBe(recordLine(7));
  });

  it.each([
    ['{"fields":{"message":"x","gatelog":{"id":"y"}},"message":"a"}', "a"],
    [String.raw`{"x":"\"message\":\"b\"","message":"\u00e9\ud834\udd1e\n"}`, "é𝄞\n"],
  ])("%s has the message %j", (text, message) => {
    const frame = Buffer.from(text);
    const scan = scanFrame(frame);
    expect(messageIn(frame, scan)).toBe(message);
    expect(scan?.idStart).toBe(-1);
  });

  it.each([
    "",
    "[]",
    "{",
    '{"message":"a"',
    '{"message":"a"}}',
    '{"message":5}',
    '{"message":"a","message":"b"}',
    '{"message":"a","gatelog":{"id":"1"},"gatelog":{}}',
    '{"gatelog":{},"gatelog":{}}',
    '{"gatelog":{"id":"1","id":"2"}}',
    '{"message":"a","gatelog":"x"}',
    '{"message":"a",}',
    '{"message":"a" "b":1}',
    '{"a":01}',
    '{"a":tru}',
    '{"a":+1}',
    '{"a":1.}',
    '{"a":"\u0001"}',
    String.raw`{"a":"\x"}`,
    String.raw`{"a":"\u12g4"}`,
    String.raw`{"mess\u0061ge":"a"}`,
    '{"a":[1,]}',
    `{"a":${"[".repeat(100)}${"]".repeat(100)}}`,
  ])("leaves %s to the parser", (text) => {
    expect(scanFrame(Buffer.from(text))).toBeUndefined();
  });

  it("refuses whatever JSON.parse refuses", () => {
    const whole = JSON.stringify({ message: 'a "b"\n', gatelog: { id: "x", time: "y" }, log: { offset: 1, list: [true, null, -1.5e3] } });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.string({ maxLength: 2 }), (at, inserted) => {
        const frame = Buffer.from(whole.slice(0, at) + inserted + whole.slice(at + 1));
        if (scanFrame(frame) !== undefined) expect(() => JSON.parse(frame.toString()) as unknown).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

describe("unescaping a JSON string", () => {
  it("gives the bytes of what JSON.parse gives", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string(),
          fc.jsonValue().map((value) => JSON.stringify(value)),
        ),
        fc.boolean(),
        (text, isAscii) => {
          const plain = JSON.stringify(text);
          const json = isAscii
            ? plain.replaceAll(/[^\u0020-\u007e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
            : plain;
          expect(unescaped(Buffer.from(json).subarray(1, -1))).toEqual(Buffer.from(JSON.parse(json) as string));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each([String.raw`a"b`, String.raw`\x`, String.raw`\u12g4`, String.raw`\u123`, "\n", "\\"])(
    "of %j gives nothing, for no text is written so",
    (text) => {
      expect(unescapeInto(Buffer.from(text), { start: 0, end: Buffer.byteLength(text) }, Buffer.alloc(20), 0)).toBe(-1);
    },
  );

  it("gives a lone half of a pair as U+FFFD, and what is no UTF-8 as it is", () => {
    expect(unescaped(Buffer.from(String.raw`\ud834x\udd1e\ud834\u0041`)).toString()).toBe("\uFFFDx\uFFFD\uFFFDA");
    const bytes = Buffer.from([0xff, 0x5c, 0x6e, 0xfe]);
    expect(unescaped(bytes)).toEqual(Buffer.from([0xff, 0x0a, 0xfe]));
  });
});
