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

test("what is written one after the other has memory of its own, and what is not to be kept takes none", () => {
  const arena = new Arena();
  const write = (text: string, lengthMax = 100_000) => arena.write(lengthMax, (into, from) => from + into.write(text, from));
  const written = ["one", "日志", "", "three".repeat(20_000)].map((text) => ({ text, bytes: write(text) }));
  expect(arena.write(10, () => -1)).toBeUndefined();
  const large = write("large".repeat(100_000), 600_000);
  expect(written.map(({ bytes }) => bytes?.toString())).toEqual(written.map(({ text }) => text));
  expect(large?.length).toBe(500_000);
  const taken = arena.detach();
  arena.giveBack(taken);
  const again = write("again", 10);
  expect(taken.some((chunk) => chunk.buffer === again?.buffer)).toBe(true);
});
