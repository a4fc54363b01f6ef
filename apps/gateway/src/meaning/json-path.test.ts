import { describe, expect, test } from "vitest";
import { parseJsonPath } from "./json-path.ts";

const name = (text: string, descends = false) => ({ entry: { name: text }, descends });

describe("a JSON path", () => {
  test("is read into its steps", () => {
    expect(parseJsonPath("$.code")).toEqual([name("code")]);
    expect(parseJsonPath("$.data.items[*]['order-no'][0]")).toEqual([
      name("data"),
      name("items"),
      { entry: "*", descends: false },
      name("order-no"),
      { entry: { index: 0 }, descends: false },
    ]);
    expect(parseJsonPath('$..orderNo.*["a\\"b"]')).toEqual([name("orderNo", true), { entry: "*", descends: false }, name('a"b')]);
    expect(parseJsonPath("$.单号")).toEqual([name("单号")]);
    expect(parseJsonPath("$..['order no']")).toEqual([name("order no", true)]);
  });

  test.each([
    ["code", /expected \$ at character 1, found "c"/],
    ["$", /expected a step such as \.code .* at character 2, found the end/],
    ["$code", /expected \. or \[ at character 2, found "c"/],
    ["$.order-no", /expected \. or \[ at character 8, found "-"/],
    ["$.", /expected a name .* at character 3, found the end/],
    ["$.a.1b", /at character 5, found "1"/],
    ["$.list[-1]", /expected an index from 0, a name in quotes or \* at character 8, found "-"/],
    ["$.list[?@.a]", /at character 8, found "\?"/],
    ["$.list[0:2]", /expected \] at character 9, found ":"/],
    ["$['a'", /expected \] at character 6, found the end/],
    ["$['a", /expected the closing ' at character 5, found the end/],
    [`$${".a".repeat(17)}`, /has 17 steps, at most 16/],
  ])("%s is refused with the position", (path, message) => {
    expect(() => parseJsonPath(path)).toThrow(message);
  });
});
