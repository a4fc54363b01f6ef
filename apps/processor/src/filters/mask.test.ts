import { expect, test } from "vitest";
import { eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";

const record = {
  v: 1,
  id: "0199a1b2-c3d4-7000-8000-000000000001",
  requestTime: "2026-11-23T08:00:00.000Z",
  gateway: "g",
  boot: "b",
  seq: 1,
  status: 200,
  url: "http://h/a?token=geheim",
  requestHeaders: { authorization: "Bearer geheim" },
  requestContent: '{"password":"geheim"}',
  extra: { secret: "geheim" },
};

test("a record is masked in the line, in what was read of it, in the fields and in the document", () => {
  const event = filtered(["parseRecord", "mask", "ecs"], JSON.stringify(record), { note: { password: "geheim" }, host: "h" });
  for (const part of [event?.message, event?.parsed, event?.fields, event?.document]) expect(JSON.stringify(part)).not.toContain("geheim");
  expect(event?.record).toMatchObject({ id: record.id, seq: 1, status: 200, requestContent: '{"password":"***"}' });
  expect(event?.fields).toEqual({ note: { password: "***" }, host: "h" });
});

test("a line that is no record is masked as text", () => {
  const event = filtered(["parseRecord", "mask", "ecs"], "login password=geheim ok");
  expect(event?.message).toBe("login password=*** ok");
  expect(JSON.stringify([event?.parsed, event?.document])).not.toContain("geheim");
});

test("wrong rules are refused with a sentence", () => {
  expect(problemsOf([{ mask: { mode: "hash" } }])).toEqual([expect.stringContaining("mode hash needs a key")]);
  expect(problemsOf([{ mask: { rules: [{ pattern: "(?=a)" }] } }])).toEqual([expect.stringContaining("RE2")]);
});

test("what is longer than charsMax is omitted in the line, in what was read of it and in the document, and is a failure", () => {
  const long = JSON.stringify({ ...record, requestContent: `geheim${"x".repeat(70_000)}` });
  const { events, failures } = runFilters(["parseRecord", { mask: { charsMax: 65_536 } }, "ecs"], [eventOf(long, { pin: "geheim" })]);
  const [event] = events;
  expect(event?.message).toMatch(/^\(omitted: \d+ characters/);
  expect(JSON.stringify([event?.parsed, event?.fields, event?.document])).not.toContain("geheim");
  expect(event?.fields).toMatchObject({ pin: "***", tags: ["_maskfailure"] });
  expect(failures).toEqual(["mask: omitted the line, longer than charsMax"]);
});
