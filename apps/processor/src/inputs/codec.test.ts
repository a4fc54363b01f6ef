import { describe, expect, it } from "vitest";
import { markLine, recordLine } from "../processor.test-helper.ts";
import { decodeEvent } from "../stored-event.ts";
import { type Codec, createFix } from "./codec.ts";

function read(codec: Codec, text: string) {
  const { bytes, hasLine } = createFix(codec, "UTC")(Buffer.from(text), { fieldsJson: '{"place":1}' });
  const event = decodeEvent(bytes);
  return { line: event?.message, fields: event?.fields, hasLine };
}

const event = '{"@timestamp":"2026-11-23T08:00:00.000Z","message":"a line","host":"web"}';
const fields = { "@timestamp": "2026-11-23T08:00:00.000Z", host: "web" };
const place = { place: 1 };

describe("the codec auto", () => {
  it("takes a JSON object with a text in message for an event", () => {
    expect(read("auto", event)).toEqual({ line: "a line", fields, hasLine: true });
    expect(read("auto", ` \n${event}`)).toEqual({ line: "a line", fields, hasLine: true });
  });

  it.each([
    recordLine(1),
    recordLine(1, { message: "of a record" }),
    markLine(1),
    '{"level":"info"}',
    '{"message":{"text":"deep"}}',
    '["message"]',
    '{"message":"cut off',
    "plain text",
    "",
  ])("takes %s for a line, and misses nothing", (text) => {
    expect(read("auto", text)).toEqual({ line: text, fields: place, hasLine: true });
  });
});

describe("the other codecs", () => {
  it("take everything for a line, or miss the line of what is no event", () => {
    expect(read("line", event)).toEqual({ line: event, fields: place, hasLine: true });
    expect(read("event", event)).toEqual({ line: "a line", fields, hasLine: true });
    expect(read("event", "plain text")).toEqual({ line: "plain text", fields: place, hasLine: false });
  });
});
