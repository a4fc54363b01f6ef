import { describe, expect, test } from "vitest";
import { compilePattern, matches, patternProblem, scanPattern } from "./pattern.ts";
import { found, several } from "./slots.test-helper.ts";

const read = (text: string, source: string, isCut = false) =>
  found(several, (findings) => scanPattern(text, isCut, { pattern: compilePattern(source), slot: several }, findings));

describe("a regular expression", () => {
  test("finds its group 1, or the whole match where it has no group, of every match", () => {
    expect(read("no=A1; no=B2", "no=(\\w+)")).toEqual(["A1", "B2"]);
    expect(read("A1 B2 A1", "[A-Z]\\d")).toEqual(["A1", "B2"]);
    expect(read("x y", "x|(y)")).toEqual(["y"]);
    expect(read("ab", "x*")).toEqual([]);
  });

  test("is not believed where its match reaches the end of a text that goes on", () => {
    expect(read("no=A1; no=B2", "no=(\\w+)", true)).toEqual(["A1"]);
    expect(read(`${" ".repeat(16_380)}no=1234`, "no=(\\d+)")).toEqual([]);
    expect(read(`${" ".repeat(16_370)}no=1234;${" ".repeat(100)}no=5`, "no=(\\d+)")).toEqual(["1234"]);
  });

  test("that would backtrack for ever elsewhere ends here", () => {
    const hostile = `${"a".repeat(16_383)}!`;
    expect(["(a|a)+$", "(a+)+$", "(\\w|\\d)*x", ".*.*.*.*y"].map((source) => matches(compilePattern(source), hostile))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test.each([
    ["(", /no regular expression of RE2 .*: missing closing \)/],
    ["(a)\\1", /no back-references.*: invalid escape sequence/],
    ["(?=a)", /no look-around.*\(\?=/],
    ["a{2000}", /invalid repeat count/],
  ])("%s is refused with a reason", (source, reason) => {
    expect(patternProblem(source)).toMatch(reason);
  });

  test.each(["^0", "(?i)order:\\s*([A-Z]{2}-\\d+)", "(?P<no>\\d+)", "(?<no>\\d+)", "\\p{Han}+"])("%s is taken", (source) => {
    expect(patternProblem(source)).toBeUndefined();
  });
});
