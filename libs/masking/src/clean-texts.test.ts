import { expect, test } from "vitest";
import { CleanTexts } from "./clean-texts.ts";

test("a full memory keeps what it has, and begins anew after many texts that it has not", () => {
  const texts = new CleanTexts();
  for (let index = 0; index < 5000; index++) texts.add(`text ${index}`);
  expect([texts.has("text 0"), texts.has("text 4095"), texts.has("text 4096")]).toEqual([true, true, false]);
  for (let index = 0; index < 65_536; index++) texts.add(`another ${index}`);
  texts.add("new");
  expect([texts.has("text 0"), texts.has("new")]).toEqual([false, true]);
});

test("a long text is not remembered", () => {
  const texts = new CleanTexts();
  texts.add("x".repeat(257));
  expect(texts.has("x".repeat(257))).toBe(false);
});
