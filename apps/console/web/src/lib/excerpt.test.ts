import { expect, test } from "vitest";
import { excerpt } from "./excerpt.ts";

test("a match has its surroundings, on one line", () => {
  expect(excerpt('{\n  "title":  "日志平台"\n}', "日志", 12)).toEqual({ before: '… "title": "', match: "日志", after: '平台" }' });
});

test("case does not matter, and the match is shown as it is written", () => {
  expect(excerpt("Hello World", "WORLD")?.match).toBe("World");
});

test("a character that grows when folded does not shift the match", () => {
  expect(excerpt("İİİ needle", "NEEDLE")?.match).toBe("needle");
});

test.each(["a.b", "(", "[x]", "\\\\d", "^$", "{1}", "a|b", "/"])("%s is looked for as it is typed", (q) => {
  expect(excerpt(`some aXb 7 text ${q} end`, q)).toMatchObject({ match: q, after: " end" });
});

test("nothing is found in nothing", () => {
  expect([excerpt(undefined, "x"), excerpt("text", ""), excerpt("text", "absent")]).toEqual([undefined, undefined, undefined]);
});
