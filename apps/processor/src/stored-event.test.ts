import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeEvent } from "./plain-event.ts";
import { decodeEvent } from "./stored-event.ts";

const parts = fc.record({
  id: fc.uuid(),
  time: fc.date({ min: new Date(0), max: new Date("2100-12-31"), noInvalidDate: true }).map((date) => date.toISOString()),
  type: fc.constantFrom("record" as const, "mark" as const),
  line: fc.uint8Array({ maxLength: 2000 }),
  fieldsJson: fc.oneof(
    fc.constant(""),
    fc.dictionary(fc.string(), fc.string()).map((fields) => JSON.stringify(fields)),
  ),
});

describe("an event in the buffer", () => {
  it("comes back as it was, whatever its line and fields hold", () => {
    fc.assert(
      fc.property(parts, (event) => {
        const decoded = decodeEvent(encodeEvent(event));
        expect({ id: decoded?.id, time: decoded?.time, type: decoded?.type }).toEqual({ id: event.id, time: event.time, type: event.type });
        expect(decoded?.line.equals(event.line)).toBe(true);
        expect(decoded?.fieldsJson).toBe(event.fieldsJson);
        expect(decoded?.fields).toEqual(event.fieldsJson === "" ? {} : JSON.parse(event.fieldsJson));
      }),
    );
  });

  it("is nothing when it is torn within its head or line, or of another version", () => {
    const bytes = encodeEvent({
      id: "0".repeat(36),
      time: "2026-11-23T08:00:00.000Z",
      type: "record",
      line: Buffer.from("line"),
      fieldsJson: "",
    });
    for (let length = 0; length < bytes.length; length++) expect(decodeEvent(bytes.subarray(0, length))).toBeUndefined();
    expect(decodeEvent(Buffer.concat([Buffer.from([3]), bytes.subarray(1)]))).toBeUndefined();
  });
});
