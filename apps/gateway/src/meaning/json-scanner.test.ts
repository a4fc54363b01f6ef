import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Slot } from "./findings.ts";
import { Findings } from "./findings.ts";
import { parseJsonPath } from "./json-path.ts";
import { documents, paths, reference, spelt, written } from "./json-reference.test-helper.ts";
import { JsonScanner } from "./json-scanner.ts";
import { found, kept, several, single } from "./slots.test-helper.ts";

const read = (text: string, path: string, slot: Slot = single) =>
  found(slot, (findings) => new JsonScanner([{ path: parseJsonPath(path), slot }]).scan(text, findings));
const presence: Slot = { ...single, takes: "presence" };

describe("a scan of JSON", () => {
  test("finds strings as they are, numbers and booleans as their text", () => {
    const text = '{"s":"a\\u00e9\\n\\"b","n":-1.50e2,"t":true,"f":false,"z":0}';
    expect(["$.s", "$.n", "$.t", "$.f", "$.z"].map((path) => read(text, path)[0])).toEqual(['aé\n"b', "-1.50e2", "true", "false", "0"]);
  });

  test("finds no value in null, objects and arrays, but that they are there", () => {
    const text = '{"n":null,"o":{"a":1},"l":[1,[2],null,"x"],"e":[]}';
    expect(["$.n", "$.o", "$.l", "$.x"].map((path) => read(text, path))).toEqual([[], [], [], []]);
    expect(["$.n", "$.o", "$.e", "$.o.a", "$.x"].map((path) => read(text, path, presence).length)).toEqual([0, 1, 1, 1, 0]);
    expect(read(text, "$.l", several)).toEqual(["1", "x"]);
  });

  test("answers all paths in one pass, each with its own values", () => {
    const slots = [several, { ...several, index: 1 }, { ...several, index: 2 }];
    const list = ["$.code", "$.data[*].no", "$..no"].map((path, index) => ({ path: parseJsonPath(path), slot: slots[index] ?? several }));
    const findings = new Findings();
    new JsonScanner(list).scan('{"data":[{"no":"A"},{"no":"B"}],"no":"C","code":0}', findings);
    expect(slots.map((slot) => findings.all(slot))).toEqual([["0"], ["A", "B"], ["A", "B", "C"]]);
  });

  test("takes the first of members with one name, and the first document of several", () => {
    expect(read('{"code":1,"code":2}', "$.code", several)).toEqual(["1"]);
    expect(read('{"a":1}\n{"code":2}', "$.code")).toEqual([]);
  });

  test("reads past white space and a byte order mark, and names written in escapes", () => {
    expect(read('\uFEFF \n{ "c\\u006fde" :\t"0" }', "$.code")).toEqual(["0"]);
    expect(read('{" code":1}', "$.code")).toEqual([]);
  });

  test.each([
    ['{"code":"E0', "a string"],
    ['{"code":12', "a number"],
    ['{"code":tru', "a word"],
    ['{"code":"E\\', "an escape"],
    ['{"cod', "a name"],
  ])("finds nothing in %s, cut within %s", (text) => {
    expect(read(text, "$.code")).toEqual([]);
  });

  test.each(['{"a" 1,"code":2}', "{'code':2}", '{"a":,"code":2}', "code=2", "<code>2</code>", "", "  ", '{"code":"\\x"}'])(
    "finds nothing behind what is no JSON: %s",
    (text) => {
      expect(read(text, "$.code")).toEqual([]);
    },
  );

  test("takes words that JSON does not know for no values, and goes on", () => {
    expect(read('{"a":NaN,"b":None,"code":2}', "$.code")).toEqual(["2"]);
    expect(["$.a", "$.b"].map((path) => read('{"a":NaN,"b":None,"code":2}', path))).toEqual([[], []]);
  });

  test("keeps what it found before the text became malformed", () => {
    expect(read('{"code":"E1", oops', "$.code")).toEqual(["E1"]);
  });

  test("passes over what is nested deeper than 64 levels, and finds what follows", () => {
    const deep = (levels: number) => `${'{"a":'.repeat(levels)}{"code":1}${"}".repeat(levels)}`;
    expect(read(deep(63), "$..code")).toEqual(["1"]);
    expect(read(deep(64), "$..code")).toEqual([]);
    expect(read(`[${deep(500)},{"code":2}]`, "$..code")).toEqual(["2"]);
  });

  test("cuts a long value on a character boundary", () => {
    const [value = ""] = read(`{"code":"${"🎉".repeat(2000)}"}`, "$.code", { ...single, charsMax: 7 });
    expect(value).toBe("🎉🎉🎉");
    expect(read(`{"code":"a${"🎉".repeat(2000)}"}`, "$.code")).toEqual([`a${"🎉".repeat(511)}`]);
    expect(read(`{"code":"${"\\uD83C\\uDF89".repeat(2000)}"}`, "$.code")).toEqual(["🎉".repeat(512)]);
  });

  test("agrees with an evaluation of the parsed document, whatever the document and the path", () => {
    fc.assert(
      fc.property(documents, paths, fc.nat({ max: 3 }), fc.constantFrom(single, several), (document, path, style, slot) => {
        const expected = kept(slot, reference(document, path, slot.valuesMax > 1));
        expect(read(written(document, style), spelt(path), slot)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test("finds the same or less in a document that is cut, never anything else", () => {
    fc.assert(
      fc.property(documents, paths, fc.nat({ max: 3 }), fc.double({ min: 0, max: 1, noNaN: true }), (document, path, style, share) => {
        const text = written(document, style);
        const whole = kept(several, reference(document, path, true));
        const values = read(text.slice(0, Math.floor(text.length * share)), spelt(path), several);
        expect(values).toEqual(whole.slice(0, values.length));
      }),
      { numRuns: 2000 },
    );
  });

  test("takes any text without throwing, and one scanner many texts in turn", () => {
    const scanner = new JsonScanner([{ path: parseJsonPath("$..a[*].b"), slot: several }]);
    const fragment = fc.constantFrom("{", "}", "[", "]", '"', "\\", ":", ",", "a", '"a":', '"b":', "1", " ", "null", "\u0000", "é");
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 60 }), (parts) => {
        const findings = new Findings();
        scanner.scan(parts.join(""), findings);
        scanner.scan('{"a":[{"b":"z"}]}', findings);
        expect(findings.all(several)).toContain("z");
      }),
      { numRuns: 2000 },
    );
  });

  // Quadratic work on texts of this size would outlast the time that a test has.
  test.each([
    ["open brackets", "[".repeat(2e6)],
    ["open objects", '{"a":'.repeat(4e5)],
    ["backslashes", `{"a":"${"\\".repeat(2e6)}`],
    ["escaped quotes", `{"a":"${'\\"'.repeat(2e6)}`],
    ["quotes", `{"a":${'"'.repeat(2e6)}`],
    ["short members", `{${'"a":1,'.repeat(2e5)}"z":1}`],
    ["small objects", `[${'{"a":{}},'.repeat(2e5)}1]`],
    ["a long name", `{"${"\\u0061".repeat(2e5)}":1}`],
    ["a long number", `{"a":${"1".repeat(2e6)}}`],
    ["spaces", `{${" ".repeat(2e6)}`],
  ])("stays linear on %s", (_what, text) => {
    expect(read(text, "$..a..a[*]..b", several)).toEqual([]);
  });
});
