import { describe, expect, it } from "vitest";
import { eventOf, filtered, problemsOf, runFilters } from "./filters.test-helper.ts";

function changed(filter: object, fields: Record<string, unknown> = {}, line = "line") {
  return filtered([filter], line, fields)?.fields;
}

describe("set", () => {
  it("gives values, with fields in texts, and leaves names that are missing", () => {
    const fields = { a: "%{b.c}-%{message}-%{none}", "x.y": [1, "%{b.c}"], "[q.r]": { s: true } };
    expect(changed({ set: { fields } }, { b: { c: 5 } })).toEqual({
      a: "5-line-%{none}",
      b: { c: 5 },
      x: { y: [1, "5"] },
      "q.r": { s: true },
    });
  });

  it("leaves fields that are there, if asked", () => {
    expect(changed({ set: { fields: { a: 1, b: 1, c: 1 }, onlyIfMissing: true } }, { a: 0, b: "" })).toEqual({ a: 0, b: 1, c: 1 });
  });

  it("changes the line for the raw topic too", () => {
    const { events } = runFilters([{ set: { fields: { message: "<%{message}>" } } }], [eventOf("x")], { needs: [] });
    expect(events[0]?.line.toString()).toBe("<x>");
  });

  it("refuses what is fixed, and what is no field", () => {
    expect(problemsOf([{ set: { fields: { id: "x" } } }])[0]).toContain('"id" cannot be changed');
    expect(problemsOf([{ set: { fields: { "gatelog.id": "x" } } }])[0]).toContain("identity");
    expect(problemsOf([{ set: { fields: { a: "%{a..b}" } } }])[0]).toContain("is no field");
    expect(problemsOf([{ set: { fields: { a: "%{+yyyy}" } } }])[0]).toContain("is a date");
    expect(problemsOf([{ set: { fields: { "a.__proto__.b": 1 } } }])[0]).toContain("__proto__");
  });
});

describe("rename, copy, merge and remove", () => {
  it("rename fields, and leave those that are missing", () => {
    expect(changed({ rename: { fields: { a: "b.c", none: "d" } } }, { a: 1 })).toEqual({ b: { c: 1 } });
    expect(changed({ rename: { fields: { a: "a.b" } } }, { a: { x: 1 } })).toEqual({ a: { b: { x: 1 } } });
  });

  it("copy values, not references", () => {
    const event = filtered([{ copy: { fields: { a: "b", id: "own" } } }, { set: { fields: { "b.x": 2 } } }], "line", { a: { x: 1 } });
    expect(event?.fields).toEqual({ a: { x: 1 }, b: { x: 2 }, own: event?.id });
    expect(JSON.stringify(changed({ copy: { fields: { a: "a.b" } } }, { a: { x: 1 } }))).toBe('{"a":{"x":1,"b":{"x":1}}}');
  });

  it("merge objects, and make lists of the rest", () => {
    expect(changed({ merge: { fields: { a: "b" } } }, { a: { x: 1 }, b: { y: 2 } })?.["a"]).toEqual({ x: 1, y: 2 });
    expect(changed({ merge: { fields: { a: "b" } } }, { a: "x", b: ["y"] })?.["a"]).toEqual(["x", "y"]);
    expect(changed({ merge: { fields: { a: "b" } } }, { b: "y" })?.["a"]).toBe("y");
  });

  it("remove fields", () => {
    expect(changed({ remove: { fields: ["a.b", "none"] } }, { a: { b: 1, c: 2 } })).toEqual({ a: { c: 2 } });
    expect(problemsOf([{ remove: { fields: ["time"] } }])[0]).toContain('"time" cannot be changed');
  });
});

describe("convert", () => {
  it.each([
    ["12", "integer", 12],
    ["1,234", "integer", 1234],
    ["1.9", "integer", 1],
    [true, "integer", 1],
    [" -1.5e3 ", "float", -1500],
    ["Yes", "boolean", true],
    [0, "boolean", false],
    [5, "string", "5"],
    [["1", "2"], "integer", [1, 2]],
  ])("makes of %s as %s %s", (value, type, result) => {
    expect(changed({ convert: { fields: { a: type } } }, { a: value })).toEqual({ a: result });
  });

  it.each([
    ["x", "integer"],
    ["12345678901234567890", "integer"],
    ["", "float"],
    ["maybe", "boolean"],
    ["9".repeat(100_000), "float"],
  ])("leaves %.20s, which is no %s, converts the others, and tags the event", (value, type) => {
    expect(changed({ convert: { fields: { a: type, b: "integer" } } }, { a: value, b: "2" })).toEqual({
      a: value,
      b: 2,
      tags: ["_mutate_error"],
    });
  });
});

describe("filters of texts", () => {
  it("change letters and blanks, in lists too", () => {
    expect(changed({ lowercase: { fields: ["a"] } }, { a: ["ÄB", 1] })).toEqual({ a: ["äb", 1] });
    expect(changed({ uppercase: { fields: ["a", "none"] } }, { a: "b" })).toEqual({ a: "B" });
    expect(changed({ trim: { fields: ["a"] } }, { a: " b\t" })).toEqual({ a: "b" });
    expect(filtered([{ uppercase: { fields: ["message"] } }], "line")?.message).toBe("LINE");
  });

  it("split and join", () => {
    expect(changed({ split: { fields: { a: "," } } }, { a: "x,y" })).toEqual({ a: ["x", "y"] });
    expect(changed({ split: { fields: { a: "," }, partsMax: 2 } }, { a: "x,y,z" })).toEqual({ a: "x,y,z", tags: ["_mutate_error"] });
    expect(changed({ join: { fields: { a: "-", b: "-" } } }, { a: ["x", 1], b: "z" })).toEqual({ a: "x-1", b: "z" });
  });

  it("replace by an expression, with groups", () => {
    expect(changed({ gsub: { field: "a", pattern: "(\\d)-(\\d)", replacement: "$2/$1" } }, { a: "1-2 3-4" })).toEqual({ a: "2/1 4/3" });
    expect(problemsOf([{ gsub: { field: "a", pattern: "(", replacement: "" } }])[0]).toContain("is no regular expression");
  });

  it("are ended where an expression takes too long", () => {
    const filters = [{ gsub: { field: "message", pattern: "^(a+)+$", replacement: "" } }];
    const { events, failures } = runFilters(filters, [eventOf(`${"a".repeat(64)}!`), eventOf("aa")], { eventMsMax: 50 });
    expect(events.map(({ message }) => message.length)).toEqual([65, 0]);
    expect(failures).toHaveLength(1);
  });
});

describe("addTag and removeTag", () => {
  it("add tags once, with fields in them, and take them away", () => {
    expect(changed({ addTag: { tags: ["x", "t-%{a}", "x"] } }, { a: 1 })?.["tags"]).toEqual(["x", "t-1"]);
    expect(changed({ removeTag: { tags: ["x"] } }, { tags: ["x", "y"] })).toEqual({ tags: ["y"] });
    expect(changed({ removeTag: { tags: ["x"] } })).toEqual({});
  });
});
