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
