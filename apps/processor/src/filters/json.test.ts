import { describe, expect, it } from "vitest";
import { eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";

describe("json", () => {
  it("makes fields of the object, or puts it into its target", () => {
    expect(filtered(["json"], '{"a":{"b":1},"c":[2]}', { d: 3 })?.fields).toEqual({ a: { b: 1 }, c: [2], d: 3 });
    expect(filtered([{ json: { target: "x.y" } }], '{"a":1}')?.fields).toEqual({ x: { y: { a: 1 } } });
    expect(filtered([{ json: { source: "inner" } }], "line", { inner: '{"a":1}' })?.fields).toMatchObject({ a: 1 });
    expect(filtered([{ json: { source: "none" } }], "line")?.tags).toEqual([]);
  });

  it("keeps the line, unless it is to be replaced, for the raw topic too", () => {
    const line = '{"message":"hello","level":"info"}';
    expect(filtered(["json"], line)).toMatchObject({ message: line, fields: { _message: "hello", level: "info" } });
    const { events } = runFilters([{ json: { overwriteMessage: true } }], [eventOf(line)], { needs: [] });
    expect(events[0]).toMatchObject({ message: "hello", fields: { level: "info" } });
  });

  it("writes an object into the line as JSON", () => {
    expect(filtered([{ json: { source: "a", target: "message" } }], "x", { a: '{"b": 1}' })?.message).toBe('{"b":1}');
  });

  it.each(["", "no", "[1]", "null", '"text"', "1", '{"a":', `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`])(
    "tags %.20s, which is no object",
    (line) => {
      const { events, failures } = runFilters(["json"], [eventOf(line)]);
      expect(events[0]?.tags).toEqual(["_jsonparsefailure"]);
      expect(failures[0]).toMatch(/^json: message (?:is|holds)/);
      expect(filtered([{ json: { skipInvalid: true } }], line)?.tags).toEqual([]);
    },
  );

  it("cannot be used to take another identity, tags that are none, or a prototype", () => {
    const line = '{"gatelog":{"id":"x"},"@metadata":1,"tags":{"a":1},"@timestamp":"2026-01-01T00:00:00Z","__proto__":{"polluted":1}}';
    const event = filtered(["json"], line);
    expect(event?.fields).toMatchObject({ _gatelog: { id: "x" }, "_@metadata": 1, _tags: { a: 1 }, "@timestamp": "2026-01-01T00:00:00Z" });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(JSON.parse(event?.fieldsJson ?? "")).toHaveProperty("_gatelog");
  });

  it("refuses targets that are fixed", () => {
    expect(problemsOf([{ json: { target: "id" } }])[0]).toContain('"id" cannot be changed');
    expect(problemsOf([{ json: { target: "gatelog.x" } }])[0]).toContain("holds the event's identity");
    expect(problemsOf([{ json: { target: "message.x" } }])[0]).toContain("the message is a text");
    expect(problemsOf([{ json: { source: "a..b" } }])[0]).toContain("is no field");
  });
});
