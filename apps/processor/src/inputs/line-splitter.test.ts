import { seededRandom, seedOfRun } from "@gatelog/testkit";
import { expect, it } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

function split(text: string, pieceBytes: () => number, lineBytesMax = 1000): string[] {
  const splitter = new LineSplitter(lineBytesMax);
  const bytes = Buffer.from(text);
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const to = at + pieceBytes();
    lines.push(...splitter.push(bytes.subarray(at, to)));
    at = to;
  }
  return [...lines, ...splitter.end()].map(String);
}

it("cuts lines wherever the pieces of a stream end, and passes over empty ones", () => {
  const random = seededRandom(seedOfRun());
  const text = "first\r\n\n\r\nsecond 日志\n\nthe third\rline\nunfinished";
  for (let round = 0; round < 200; round++)
    expect(
      split(text, () => random.integer(1, 12)),
      `seed ${random.seed}`,
    ).toEqual(["first", "second 日志", "the third\rline", "unfinished"]);
});

it("makes lines of what is over the limit, and loses no byte of them", () => {
  for (const piece of [1, 2, 5, 9, 100])
    expect(split("abcdefghij\nklm\nnopq", () => piece, 4)).toEqual(["abcd", "efgh", "ij", "klm", "nopq"]);
});
