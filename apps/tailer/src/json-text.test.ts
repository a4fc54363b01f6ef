import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { escapedBytesPerByteMax, writeJsonText } from "./json-text.ts";

function jsonOf(text: Uint8Array): string {
  const target = Buffer.alloc(text.length * escapedBytesPerByteMax + 2);
  const end = writeJsonText(target, 1, text);
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

test("any bytes become what a decoder makes of them, with U+FFFD for what is no UTF-8", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(JSON.parse(jsonOf(bytes))).toBe(Buffer.from(bytes).toString("utf8"));
    }),
    { numRuns: 1000 },
  );
});

test("what JSON.stringify writes it writes, byte for byte", () => {
  const text = `"quotes" \\ back\u0000\u0001\u001f\b\t\n\f\r / é 日志 \u2028 \u{1f600} \u007f`;
  expect(jsonOf(Buffer.from(text))).toBe(JSON.stringify(text));
});
