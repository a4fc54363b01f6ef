import { describe, expect, it } from "vitest";
import { filtersFor, type WorkEvent } from "./filters.ts";
import { recordLine } from "./processor.test-helper.ts";
import { decodeEvent, encodeEvent } from "./stored-event.ts";

function event(line: string): WorkEvent {
  const id = "0199a1b2-c3d4-7000-8000-000000000001";
  const time = "2026-11-23T08:00:00.123Z";
  return decodeEvent(encodeEvent({ id, time, type: "record", line: Buffer.from(line), fieldsJson: '{"a":1}' })) as WorkEvent;
}

const failures: string[] = [];
const options = { seedTimeZone: "UTC", onError: (filter: string) => failures.push(filter) };

describe("the filters of an output", () => {
  it("parse nothing for an output that needs nothing", () => {
    const given = event(recordLine(1));
    expect(filtersFor(["parseRecord", "ecs"], [], options)(given)).toBe(given);
  });

  it("parse, but make no document, for an output that needs the record", () => {
    const result = filtersFor(["parseRecord", "ecs"], ["parsed"], options)(event(recordLine(1)));
    expect(result?.parsed).toMatchObject({ kind: "record", record: { seq: 1 } });
    expect(result?.document).toBeUndefined();
  });

  it("make the document with what it is made of, and keep the event's own values", () => {
    const given = event(recordLine(1));
    const result = filtersFor(["parseRecord", "ecs"], ["document"], options)(given);
    expect(result?.document).toMatchObject({ "@timestamp": given.time, event: { id: given.id } });
    expect(result).toMatchObject({ id: given.id, time: given.time, type: "record", bytes: given.bytes, line: given.line });
    expect(result?.fields).toEqual({ a: 1 });
    expect(result?.fieldsJson).toBe('{"a":1}');
  });

  it("make a document of a line that is no record, too", () => {
    const result = filtersFor(["parseRecord", "ecs"], ["document"], options)(event("\u0000 no record"));
    expect(result?.document).toMatchObject({ event: { original: expect.stringContaining("no record") as unknown } });
    expect(failures).toEqual([]);
  });
});
