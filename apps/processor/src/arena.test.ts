import { expect, test } from "vitest";
import { Arena } from "./arena.ts";

test("what was taken is nobody else's until it is given back, and then it is used again", () => {
  const arena = new Arena();
  const first = Array.from({ length: 400 }, (_, index) => arena.take(1000).fill(index % 251));
  const taken = arena.detach();
  const second = Array.from({ length: 400 }, () => arena.take(1000).fill(252));
  for (const [index, bytes] of first.entries()) expect(bytes.every((byte) => byte === index % 251)).toBe(true);
  arena.giveBack(taken);
  arena.detach();
  const third = Array.from({ length: 400 }, () => arena.take(1000).fill(253));
  expect(second.every((bytes) => bytes.every((byte) => byte === 252))).toBe(true);
  expect(new Set(third.map(({ buffer }) => buffer))).toEqual(new Set(first.map(({ buffer }) => buffer)));
});

test("what is larger than a piece of its memory has its own", () => {
  const arena = new Arena();
  const large = arena.take(1024 * 1024);
  expect(large).toHaveLength(1024 * 1024);
  expect(arena.detach()).toEqual([]);
});
