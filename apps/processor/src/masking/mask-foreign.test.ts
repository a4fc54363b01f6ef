import { expect, test } from "vitest";
import { parseEnvelope } from "../envelope.ts";
import { fixEvent, fixLine } from "../fix-identity.ts";
import { decodeEvent } from "../stored-event.ts";
import { createForeignMask } from "./mask-foreign.ts";

const mask = createForeignMask({ profile: "cn-pipl" });
const own = '{"v":1,"id":"0199a1b2-c3d4-7000-8000-000000000001","requestTime":"2026-11-23T08:00:00.000Z","password":"x"}';

function fixed(event: object) {
  const frame = Buffer.from(JSON.stringify(event));
  return fixEvent(frame, parseEnvelope(frame), "UTC");
}

test("a foreign line and its fields are masked before they are stored, under the id of the line as it came", () => {
  const event = fixed({ message: "login password=geheim", agent: { id: "a" }, log: { offset: 7 }, phone: "13800138000" });
  const masked = mask(event);
  const [before, after] = [decodeEvent(event.bytes), decodeEvent(masked.bytes)];
  expect(masked.bytes.toString()).not.toMatch(/geheim|13800138000/);
  expect(after).toMatchObject({ id: before?.id, time: before?.time, message: "login password=***" });
  expect(after?.fields).toEqual({ agent: { id: "a" }, log: { offset: 7 }, phone: "***" });
});

test("lines that begin as a gateway's records and marks do stay the same bytes", () => {
  const mark = '{"v":1,"type":"mark","gateway":"g","boot":"b","seq":13800138000,"inFlight":[],"closing":true}';
  for (const line of [own, mark]) {
    const event = fixLine(Buffer.from(line), "UTC");
    expect(mask(event)).toBe(event);
  }
});

test("a frame that is no event is masked as text, and bytes that are no text stay where nothing is masked", () => {
  expect(mask(fixLine(Buffer.from('{"password":"geheim"'), "UTC")).bytes.toString()).not.toContain("geheim");
  const event = fixLine(Buffer.from([0xff, 0xfe, 0x41]), "UTC");
  expect(mask(event)).toBe(event);
});

test("a line longer than charsMax is omitted, whatever is in it, and so are fields; the event goes on, tagged and told of", () => {
  let omitted = 0;
  const bounded = createForeignMask({ charsMax: 100 }, () => (omitted += 1));
  const of = (event: object) => decodeEvent(bounded(fixed(event)).bytes);
  const long = `password=geheim ${"x".repeat(100)}`;
  expect(of({ message: long, tags: "a", pin: "geheim" })).toMatchObject({
    message: "(omitted: 116 characters, of which masking takes 100)",
    fields: { tags: ["a", "_maskomitted"], pin: "***" },
  });
  expect(of({ message: "pin=geheim", more: long })).toMatchObject({ message: "pin=***", fields: { tags: ["_maskomitted"] } });
  expect(omitted).toBe(2);
  expect(of({ message: `pin=geheim ${"x".repeat(80)}` })?.message).toMatch(/^pin=\*\*\* x+$/);
  expect(omitted).toBe(2);
});
