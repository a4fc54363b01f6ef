import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage, headersMax } from "./embedded-message.ts";

const text = fc.string({ unit: "grapheme" });
const message = fc.record({
  key: text,
  value: fc.uint8Array({ maxLength: 300 }),
  headers: fc.dictionary(text, text, { maxKeys: 5, noNullPrototype: true }),
});

describe("a message as a record", () => {
  it("comes back as it was, whatever is in it", () => {
    fc.assert(
      fc.property(message, (sent) => {
        const got = decodeMessage(encodeMessage(sent));
        expect({ ...got, value: Buffer.from(got?.value ?? []) }).toEqual({ ...sent, value: Buffer.from(sent.value) });
      }),
    );
  });

  it("is undefined when cut short within its head, or of another version, and never throws", () => {
    fc.assert(
      fc.property(message, fc.nat(), (sent, cut) => {
        const record = encodeMessage({ ...sent, value: new Uint8Array() });
        expect(decodeMessage(record.subarray(0, cut % record.length))).toBeUndefined();
      }),
    );
    expect(decodeMessage(Buffer.from([2, 0, 0, 0, 0, 0, 0]))).toBeUndefined();
    expect(decodeMessage(Buffer.alloc(0))).toBeUndefined();
  });

  it("is refused with more headers than the format has room for", () => {
    const headers = Object.fromEntries(Array.from({ length: headersMax + 1 }, (_, index) => [`h${index}`, ""]));
    expect(() => encodeMessage({ key: "", value: new Uint8Array(), headers })).toThrow(RangeError);
  });
});
