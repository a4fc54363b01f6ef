import * as fc from "fast-check";
import { expect, test } from "vitest";
import { anyString } from "./arbitraries.test-helper.ts";
import { cutText, repairJson, repairText } from "./index.ts";

const unstorable = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

test("any text becomes storable, of the same length, and says whether it changed", () => {
  fc.assert(
    fc.property(anyString, (text) => {
      const { text: storable, repaired } = repairText(text);
      expect(storable).not.toMatch(unstorable);
      expect(storable.length).toBe(text.length);
      expect(repaired).toBe(storable !== text);
      expect(repaired).toBe(unstorable.test(text));
    }),
    { numRuns: 1000 },
  );
});

test("NUL and halves become U+FFFD, whole characters stay", () => {
  expect(repairText("a\0b\ud83dc\ude00😀")).toEqual({ text: "a\uFFFDb\uFFFDc\uFFFD😀", repaired: true });
});

test("text is cut between characters", () => {
  expect(cutText("ab😀c", 3)).toBe("ab");
  expect(cutText("ab😀c", 4)).toBe("ab😀");
  expect(cutText("😀", 0)).toBe("");
});

test("any JSON value becomes storable in its keys and strings, and stays the same object when it was", () => {
  fc.assert(
    fc.property(fc.dictionary(anyString, fc.oneof(anyString, fc.array(anyString), fc.integer(), fc.constant(null))), (value) => {
      const result = repairJson(value);
      const json = JSON.stringify(result.value);
      expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/);
      expect(result.repaired).toBe(/\\u0000|\\ud[89a-f]/.test(JSON.stringify(value)));
      if (!result.repaired) expect(result.value).toBe(value);
    }),
  );
});

test("a value nested a hundred thousand levels deep is cut at the thirty-first", () => {
  const bomb = JSON.parse("[".repeat(100_000) + "]".repeat(100_000)) as unknown;
  const { value, repaired } = repairJson({ bomb });
  expect(repaired).toBe(true);
  expect(JSON.stringify(value)).toBe(`{"bomb":${"[".repeat(30)}"(nested too deep)"${"]".repeat(30)}}`);
});
