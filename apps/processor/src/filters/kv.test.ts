import { describe, expect, it } from "vitest";
import { eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";

function pairs(line: string, options: object = {}) {
  return filtered([{ kv: options }], line)?.fields;
}

describe("kv", () => {
  it.each([
    ["ip=1.2.3.4 error=REFUSED", {}, { ip: "1.2.3.4", error: "REFUSED" }],
    [`a="b c" d='e "f"' g=h`, {}, { a: "b c", d: 'e "f"', g: "h" }],
    [String.raw`a="b \" c" d=1`, {}, { a: 'b " c', d: "1" }],
    ["a=(b c) d=[e f] g=<h i>", {}, { a: "b c", d: "e f", g: "h i" }],
    ["a=(b c)", { includeBrackets: false }, { a: "(b" }],
    ["words a = 1 more b= c=2", {}, { a: "1", c: "2" }],
    ["a=1&b=2&&c=x y", { fieldSeparators: "&" }, { a: "1", b: "2", c: "x y" }],
    ["a:1;b=2", { fieldSeparators: ";", valueSeparators: ":=" }, { a: "1", b: "2" }],
    ["<a>=1, <b>=2,", { trimKey: "<>", trimValue: "," }, { a: "1", b: "2" }],
    ["a=1 b=2 c=3", { includeKeys: ["a", "b"], excludeKeys: ["b"], prefix: "x_" }, { x_a: "1" }],
    ["a=1 a=2 a=1", {}, { a: ["1", "2", "1"] }],
    ["a=1 a=2 a=1", { allowDuplicateValues: false }, { a: ["1", "2"] }],
    ["a=1 b=2", { target: "kv.x" }, { kv: { x: { a: "1", b: "2" } } }],
    ["url=/x?a=1", {}, { url: "/x?a=1" }],
    [`a="b c=1`, {}, { a: '"b', c: "1" }],
    ["no pairs", {}, {}],
  ])("reads %s", (line, options, fields) => {
    expect(pairs(line, options)).toEqual(fields);
  });

  it("keeps hostile keys as keys, and those of the event's own parts beside them", () => {
    const event = filtered(["kv"], "__proto__=x constructor=y message=m gatelog=g tags=t @timestamp=never");
    expect(Object.hasOwn(event?.fields ?? {}, "__proto__")).toBe(true);
    expect(event?.fields).toMatchObject({ constructor: "y", _message: "m", _gatelog: "g", tags: ["t"], "_@timestamp": "never" });
    expect(event?.message).toContain("__proto__=x");
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("keeps the first pairs of a text with more than it may have", () => {
    const { events, failures } = runFilters([{ kv: { pairsMax: 2 } }], [eventOf("a=1 b=2 c=3")]);
    expect(events[0]?.fields).toEqual({ a: "1", b: "2", tags: ["_kv_filter_error"] });
    expect(failures).toEqual(["kv: message has more than 2 pairs: the others are left out"]);
  });

  it("reads huge texts in one go", () => {
    expect(pairs('a="'.repeat(200_000), { target: "x" })).toBeDefined();
    expect(pairs(`k=${"(".repeat(500_000)}`, { target: "x" })).toBeDefined();
    expect(pairs("a= ".repeat(200_000), { target: "x" })).toEqual({});
  });

  it("refuses separators that are both", () => {
    expect(problemsOf([{ kv: { fieldSeparators: "=;" } }])[0]).toContain("fieldSeparators has too");
    expect(problemsOf([{ kv: { target: "message" } }])[0]).toContain("pairs are no line");
  });
});
