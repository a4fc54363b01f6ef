import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { shape, source, target, writeJsonText } from "./json-text.ts";

function jsonOf(text: Buffer): string {
  text.copy(source);
  const end = writeJsonText(1, 0, text.length);
  target[0] = 0x22;
  target[end] = 0x22;
  return target.toString("utf8", 0, end + 1);
}

test("any text comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const bytes = Buffer.from(text);
      expect(JSON.parse(jsonOf(bytes))).toBe(bytes.toString());
    }),
    { numRuns: 1000 },
  );
});

test("what JSON.stringify writes it writes, byte for byte", () => {
  const text = `"quotes" \\ back\u0000\u0001\u001f\b\t\n\f\r / é 日志 \u2028 \u{1f600} \u007f`;
  expect(jsonOf(Buffer.from(text))).toBe(JSON.stringify(text));
});

test("a text that is JSON shows where its strings begin and end, and whether they close", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, cut) => {
      const text = Buffer.from(`{"k":${json}}`);
      jsonOf(text);
      expect(shape.areStringsClosed).toBe(true);
      const strings = text.toString().match(/"(?:[^"\\]|\\.)*"/g) ?? [];
      expect(shape.quoteCount).toBe(strings.length * 2);
      expect(text.toString("latin1", shape.quotes[0], (shape.quotes[1] ?? 0) + 1)).toBe('"k"');
      jsonOf(text.subarray(0, cut % text.length));
      expect(shape.areStringsClosed).toBe(shape.quoteCount % 2 === 0);
    }),
  );
});
