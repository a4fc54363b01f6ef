import * as fc from "fast-check";
import { expect, test } from "vitest";
import { gramLengthMin, gramsOf } from "./grams.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });

test("the words of a text are among those of whatever has it in it, in any case of its letters of ASCII", () => {
  fc.assert(
    fc.property(text, text, text, (before, q, after) => {
      const words = new Set(gramsOf(["elsewhere", before + q + after]));
      const asked = q.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());
      expect(gramsOf([asked]).filter((word) => !words.has(word))).toEqual([]);
    }),
  );
});

test("a word is four or seven small letters and digits, a digit first, whatever the text is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (any) => {
      expect(gramsOf([any]).filter((word) => !/^(?:[0-7][0-9a-z]{3}|9[0-9a-z]{6})$/.test(word))).toEqual([]);
    }),
  );
});

test("three characters of ASCII have a word, and so have two of which one is none; texts do not run into each other", () => {
  expect(gramsOf(["ab", "单", "cd", "😀"])).toEqual([]);
  expect(gramsOf(["abc", "单号", "a单", "单a", "😀a"])).toHaveLength(5);
  expect(gramsOf(["ABC", "abc"])).toEqual(gramsOf(["aBc"]));
  expect(gramsOf(["a b"])).not.toEqual(gramsOf(["a_b"]));
  expect(Math.min(...gramsOf(["abc单"]).map((word) => word.length))).toBe(gramLengthMin);
});
