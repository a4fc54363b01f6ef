import { describe, expect, it } from "vitest";
import { parseEnvelope } from "./envelope.ts";
import { fixEvent } from "./fix-identity.ts";
import { eventJson } from "./outputs/event-values.ts";
import { beatsEvent, markLine, recordLine } from "./processor.test-helper.ts";
import { decodeEvent } from "./stored-event.ts";
import type { WorkEvent } from "./work-event.ts";

function fix(frame: Buffer): WorkEvent & { readonly hasLine: boolean } {
  const fixed = fixEvent(frame, parseEnvelope(frame), "Asia/Shanghai");
  return Object.assign(decodeEvent(fixed.bytes) as WorkEvent, { hasLine: fixed.hasLine });
}

/** Calls it below so many others on the stack. */
function below<T>(calls: number, use: () => T): T {
  return calls === 0 ? use() : below(calls - 1, use);
}

const frameOf = (event: unknown) => Buffer.from(JSON.stringify(event));

describe("fixing an event's identity", () => {
  it("takes the record's own id and time", () => {
    const event = fix(beatsEvent(recordLine(5), 0));
    expect(event.id).toBe("0199a1b2-c3d4-7000-8000-000000000005");
    expect(event.time).toBe("2026-11-23T08:00:00.123Z");
  });

  it("gives a foreign event the same id whenever it is sent, and another one to another place", () => {
    const line = "10.0.0.1 GET /";
    const first = fix(beatsEvent(line, 100));
    const again = fix(
      beatsEvent(line, 100, { "@timestamp": "2026-11-23T09:00:00.000Z", agent: { id: "4b4a", ephemeral_id: "another start" } }),
    );
    expect(again.id).toBe(first.id);
    expect(fix(beatsEvent(line, 200)).id).not.toBe(first.id);
    expect(fix(beatsEvent("10.0.0.1 GET /other", 100)).id).not.toBe(first.id);
    expect(first.time).toBe("1970-01-01T00:00:00.000Z");
  });

  it("reads the day of a seed line in the seed's time zone", () => {
    const line =
      '{"status":"200","requestTime":"2018-10-11 02:09:02","responseTime":"2018-10-11 02:09:02","requestURL":"http://h/","method":"/","requestContent":"","responseContent":""}';
    expect(fix(beatsEvent(line, 0)).time).toBe("2018-10-10T18:09:02.000Z");
  });

  it("knows the shapes of Filebeat 6 and of logstash-forwarder", () => {
    const filebeat6 = {
      "@timestamp": "2018-10-11T10:09:02.000Z",
      message: "a",
      source: "/var/log/a.log",
      offset: 17,
      beat: { name: "web", hostname: "web" },
    };
    expect(fix(frameOf(filebeat6)).id).toBe(fix(frameOf(filebeat6)).id);
    expect(fix(frameOf({ ...filebeat6, source: "/var/log/b.log" })).id).not.toBe(fix(frameOf(filebeat6)).id);
    const forwarder = { line: "a line", file: "/var/log/a.log", offset: "17", host: "web" };
    const event = fix(frameOf(forwarder));
    expect(event.line.toString()).toBe("a line");
    expect(event.id).toBe(fix(frameOf(forwarder)).id);
    expect(event.fields).toEqual({ file: "/var/log/a.log", offset: "17", host: "web" });
  });

  it("keeps an event whose fields are nested too deeply to be written again, under its id, as the bytes of its frame", () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    const id = "0199a1b2-c3d4-7000-8000-000000000009";
    const frame = Buffer.from(`{"message":"a","gatelog":{"id":"${id}","time":"2026-11-23T08:00:00.123Z"},"deep":${deep}}`);
    const event = fix(frame);
    expect(event.id).toBe(id);
    expect(event.time).toBe("2026-11-23T08:00:00.123Z");
    expect(event.line.equals(frame)).toBe(true);
  });

  it.each([998, 999, 1000, 4000, 5000])(
    "keeps fields of %i levels below the event as fields up to 1,000 levels, however deep the stack is",
    (levels) => {
      const frame = Buffer.from(`{"message":"a","deep":${"[".repeat(levels)}${"]".repeat(levels)}}`);
      const isKept = levels < 1000;
      for (const isDeepInStack of [false, true]) {
        const event = isDeepInStack ? below(2000, () => fix(frame)) : fix(frame);
        expect(event.line.toString()).toBe(isKept ? "a" : frame.toString());
        const json = below(2000, () => eventJson(decodeEvent(event.bytes) as WorkEvent));
        expect(Object.keys(JSON.parse(json) as object)).toEqual(isKept ? ["message", "gatelog", "deep"] : ["message", "gatelog"]);
      }
    },
  );

  it("keeps two events that look alike apart where nothing says where they come from", () => {
    const frame = frameOf({ message: "the same words" });
    expect(fix(frame).id).not.toBe(fix(frame).id);
  });

  it("keeps the envelope but not the message and the identity among the fields", () => {
    const event = fix(
      beatsEvent("x", 3, {
        fields: { dc: "sh" },
        gatelog: { id: "01890a5d-ac96-8b7a-bb5e-6a1f2c3d4e5f", time: "2026-01-02T03:04:05.678Z" },
      }),
    );
    expect(event.fields).not.toHaveProperty("message");
    expect(event.fields).not.toHaveProperty("gatelog");
    expect(event.fields).toMatchObject({ fields: { dc: "sh" }, log: { offset: 3 } });
  });

  it("tells a mark from a record, in any order of keys", () => {
    expect(fix(beatsEvent(markLine(3), 0)).type).toBe("mark");
    const reordered = JSON.stringify({ ...(JSON.parse(markLine(3)) as object), v: 1 }, [
      "type",
      "v",
      "seq",
      "gateway",
      "boot",
      "inFlight",
      "closing",
    ]);
    expect(fix(beatsEvent(reordered, 0)).type).toBe("mark");
    expect(fix(beatsEvent(recordLine(3), 0)).type).toBe("record");
  });

  it.each([
    ["no JSON", Buffer.from("\u0000 not json {")],
    ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe, 0x80])],
    ["a JSON text that is no object", Buffer.from("[1,2,3]")],
    ["an object without a message", Buffer.from('{"a":1}')],
    ["a message that is no text", Buffer.from('{"message":{"deep":1},"log":{"offset":1}}')],
    ["nothing", Buffer.alloc(0)],
  ])("keeps a frame of %s as a line of its bytes", (_what, frame) => {
    const event = fix(frame);
    expect(event.hasLine).toBe(false);
    expect(event.line.equals(frame)).toBe(true);
    expect(event.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("keeps an empty message as an empty line", () => {
    const event = fix(frameOf({ message: "" }));
    expect(event).toMatchObject({ hasLine: true });
    expect(event.line).toHaveLength(0);
  });

  it("stores the frame itself when an event would grow too large for the buffer", () => {
    // 2.4 million times 1e20: every number is written anew with 21 digits.
    const frame = Buffer.from(`{"message":"m","n":[${"1e20,".repeat(2_400_000)}0]}`);
    const fixed = fixEvent(frame, parseEnvelope(frame), "UTC");
    expect(fixed.bytes.length).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(decodeEvent(fixed.bytes)?.line.equals(frame)).toBe(true);
  });
});
