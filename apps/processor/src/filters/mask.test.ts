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

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

test.each([999, 1000, 5000])("a record with %i levels in it gives no secret away, however deep the stack is", (levels) => {
  const line = `{"v":1,"id":"${record.id}","requestTime":"${record.requestTime}","query":"password=geheim","more":${nested(levels)}}`;
  const { events, failures } = runFilters(["parseRecord", "mask", "ecs"], [eventOf(line, { pin: "geheim" })]);
  for (const part of [events[0]?.message, events[0]?.parsed, events[0]?.fields, events[0]?.document])
    expect(JSON.stringify(part)).not.toContain("geheim");
  const isOmitted = levels > 999;
  expect(failures).toEqual(isOmitted ? ["mask: omitted the event, which could not be masked (Error)"] : []);
  expect(events[0]?.fields["tags"] !== undefined).toBe(isOmitted);
});

test("headers that are nested too deeply are omitted", () => {
  const line = `{"requestHeaders":{"authorization":"Bearer geheim","deep":${nested(5000)}},"note":"kept"}`;
  expect(filtered(["mask"], line)?.message).toBe('{"requestHeaders":"(omitted: nested too deeply)","note":"kept"}');
});

test("fields that cannot be written are omitted", () => {
  const event = eventOf("password=geheim", {});
  event.fields["pin"] = "geheim";
  event.fields["self"] = event.fields;
  const { events, failures } = runFilters(["mask"], [event]);
  expect(events[0]?.message).toBe("(omitted: it could not be masked)");
  expect(events[0]?.fields).toEqual({ tags: ["_maskomitted", "_maskfailure"] });
  expect(failures).toEqual(["mask: omitted the event, which could not be masked (TypeError)"]);
});

const endless = ({ message }: { readonly message: string }) => {
  for (let isOver = false; !isOver; isOver = message === "");
};

test.each([
  ["behind it", ["parseRecord", "mask", { script: { run: endless } }]],
  ["before it", ["parseRecord", { script: { run: endless } }, "mask"]],
  ["beside it", [{ when: { field: "message", contains: "password" }, do: ["mask", { script: { run: endless } }] }]],
])("an event whose filters took too long %s is masked all the same", (_where, filters) => {
  const { events, failures } = runFilters(filters, [eventOf("login password=geheim ok", { pin: "geheim" })], { eventMsMax: 50 });
  expect(failures).toEqual([expect.stringContaining("took longer than 50 ms")]);
  expect(events[0]?.message).toBe("login password=*** ok");
  expect(events[0]?.fields).toMatchObject({ pin: "***" });
});

test("an event that mask itself took too long over is omitted", () => {
  const line = "login password=geheim ok ".repeat(100_000);
  const filters = ["mask", { script: { run: () => undefined } }];
  const { events, failures } = runFilters(filters, [eventOf("first"), eventOf(line, { pin: "geheim" })], { eventMsMax: 20 });
  expect(failures).toEqual(["mask: took longer than 20 ms for an event"]);
  expect(events[1]?.message).toBe("(omitted: it could not be masked)");
  expect(events[1]?.fields).toEqual({ tags: ["_maskomitted", "_maskfailure"] });
});
