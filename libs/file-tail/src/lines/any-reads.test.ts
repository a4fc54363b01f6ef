import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encodings, type MultilineOptions, type ParserOptions } from "../types.ts";
import { type Cut, cutByReads, type CutOptions, cutWhole, type Feeding } from "./cutting.test-helper.ts";

const numRuns = 400;
const time = "2026-11-23T10:00:00Z";

/** Pieces that texts are made of: whatever a cutter could stumble over. */
const pieces = [
  "a",
  "Error",
  " at x",
  "ü",
  "中文",
  "😀",
  "\0",
  "\r",
  "\n",
  "\r\n",
  "\n\n",
  "|",
  "||EN",
  "||END||",
  "\\",
  "ਊ",
  "ĊĀ",
  "\ufeff",
];
const lines = [
  "",
  "{",
  "}",
  '{"m":"a","n":1}',
  '{"m":" at y"}',
  "[1]",
  "plain",
  `${time} stdout F a`,
  `${time} stdout P b`,
  `${time} stderr F  at z`,
  `${time} stderr P c`,
  `${time} stdout F `,
  `{"log":"d\\n","stream":"stdout"}`,
  `{"log":"e","stream":"stdout"}`,
  `{"log":" f\\n","stream":"stderr","time":"${time}"}`,
];

const text = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((found) => found.join("")),
  fc.array(fc.constantFrom(...pieces, ...lines), { maxLength: 30 }).map((found) => found.join("\n")),
);
const bytes = fc.oneof(
  text.map((found) => Buffer.from(found)),
  text.map((found) => Buffer.from(found, "utf16le")),
  text.map((found) => Buffer.from(found, "utf16le").swap16()),
  fc.uint8Array({ maxLength: 80 }).map((found) => Buffer.from(found)),
  // Double bytes and what delimits them.
  fc
    .array(fc.constantFrom(0xb3, 0x5c, 0xa5, 0x7c, 0x0a, 0x30, 0x81, 0x39, 0xff, 0x61), { maxLength: 80 })
    .map((found) => Buffer.from(found)),
);
const lineLists = fc.array(fc.constantFrom(...lines, "Error", " at x", "ü".repeat(9), "x".repeat(200)), { maxLength: 30 });

const feeding: fc.Arbitrary<Feeding> = fc.record({
  sizes: fc.array(fc.nat(200), { maxLength: 6 }).map((sizes) => sizes.toSorted((first, second) => first - second)),
  readBytesMax: fc.integer({ min: 1, max: 40 }),
  batchLinesMax: fc.integer({ min: 1, max: 4 }),
});

const forms = fc.record({
  encoding: fc.constantFrom(...encodings),
  delimiter: fc.constantFrom("\n", "\0", "\r", "||END||", "\\", "|", "aa", "\r\n"),
  overlong: fc.constantFrom("cut" as const, "skip" as const),
  lineBytesMax: fc.constantFrom(4, 7, 16, 64, 1000),
});

const limits = {
  linesMax: fc.constantFrom(2, 3, 500),
  bytesMax: fc.constantFrom(8, 40, 1000),
};
const multiline: fc.Arbitrary<MultilineOptions> = fc.oneof(
  fc.record({
    type: fc.constant("pattern" as const),
    pattern: fc.constantFrom("^ ", "^\\{", "a$", "^$"),
    negate: fc.boolean(),
    match: fc.constantFrom("after" as const, "before" as const),
    ...limits,
  }),
  fc.record({
    type: fc.constant("pattern" as const),
    pattern: fc.constant("Error"),
    negate: fc.constant(true),
    match: fc.constant("after" as const),
    flushPattern: fc.constant("x$"),
    ...limits,
  }),
  fc.record({ type: fc.constant("count" as const), count: fc.integer({ min: 1, max: 2 }), ...limits }),
  fc.record({ type: fc.constant("while" as const), pattern: fc.constantFrom("^ ", "^\\{"), negate: fc.boolean(), ...limits }),
);
const ndjson = fc.record({
  target: fc.constantFrom("", "json", "a.b"),
  messageKey: fc.constantFrom("m", "none"),
  addErrorKey: fc.boolean(),
});
const container = fc.record({
  format: fc.constantFrom("auto" as const, "cri" as const, "docker" as const),
  stream: fc.constantFrom("all" as const, "stdout" as const),
});
const parsers: fc.Arbitrary<ParserOptions[]> = fc
  .tuple(fc.option(container), fc.shuffledSubarray(["multiline", "ndjson"] as const), multiline, ndjson)
  .map(([first, names, joined, parsed]) => {
    const later: ParserOptions[] = names.map((name) => (name === "multiline" ? { multiline: joined } : { ndjson: parsed }));
    if (first !== null) later.unshift({ container: first });
    return later;
  });
/** Everything that must not depend on how a file was read. */
function outcome({ events, counts, overlong, consumed }: Cut) {
  return { events, counts, overlong, consumed };
}

/** Events stand in the file one behind the other; an event is named by its offset, so that no two have the same. */
function expectInOrder({ events, consumed }: Cut, size: number): void {
  let at = 0;
  for (const { offset, nextOffset } of events) {
    expect(offset).toBeGreaterThanOrEqual(at);
    expect(nextOffset).toBeGreaterThan(offset);
    at = nextOffset;
  }
  expect(consumed).toBe(size);
  expect(at).toBeLessThanOrEqual(size);
}

function expectSameByAnyReads(given: Buffer, options: CutOptions, by: Feeding): void {
  const whole = cutWhole(given, options);
  expectInOrder(whole, given.length);
  expect(outcome(cutByReads(given, options, by))).toEqual(outcome(whole));
}

test("lines are the same however a file grows and is read, in any encoding, with any delimiter", () => {
  fc.assert(
    fc.property(bytes, forms, feeding, (given, options, by) => expectSameByAnyReads(given, options, by)),
    { numRuns },
  );
});

test("events of any parsers are the same however a file grows and is read", () => {
  fc.assert(
    fc.property(lineLists, parsers, fc.constantFrom(40, 64, 1000), feeding, (given, chosen, lineBytesMax, by) =>
      expectSameByAnyReads(Buffer.from(given.join("\n")), { parsers: chosen, lineBytesMax }, by),
    ),
    { numRuns },
  );
});

test("events of any parsers are the same in any encoding, with any delimiter", () => {
  fc.assert(
    fc.property(bytes, forms, parsers, feeding, (given, options, chosen, by) =>
      expectSameByAnyReads(given, { ...options, parsers: chosen, includeLines: ["a|^ ", "ü"], excludeLines: ["b"] }, by),
    ),
    { numRuns },
  );
});

test("the lines of a text are what splitting it at its line ends gives", () => {
  const encoded = fc.constantFrom("utf-8" as const, "utf-16le" as const, "utf-16be" as const);
  fc.assert(
    fc.property(text, encoded, fc.constantFrom("\n", "\0", "||END||", "\r\n", "😀"), feeding, (given, encoding, delimiter, by) => {
      const content = given.replace(/^\ufeff/, "");
      const parts = content.split(delimiter);
      const ended = (part: string, index: number) => (delimiter === "\n" && index < parts.length - 1 ? part.replace(/\r$/, "") : part);
      const expected = parts.map((part, index) => ended(part, index)).filter((part) => part !== "");
      const raw = encoding === "utf-8" ? Buffer.from(given) : Buffer.from(given, "utf16le");
      expect(cutByReads(encoding === "utf-16be" ? raw.swap16() : raw, { encoding, delimiter }, by).texts).toEqual(expected);
    }),
    { numRuns },
  );
});

test("bytes of UTF-8 are cut by the fast way as by the one that every encoding takes", () => {
  const choice = fc.record({ overlong: fc.constantFrom("cut" as const, "skip" as const), lineBytesMax: fc.constantFrom(4, 7, 16, 1000) });
  fc.assert(
    fc.property(bytes, choice, feeding, (given, options, by) => {
      const fast = cutByReads(given, options, by);
      expect(outcome(fast)).toEqual(outcome(cutByReads(given, { ...options, includeLines: [""] }, by)));
    }),
    { numRuns },
  );
});

test("joined lines are all the lines of the file, each once and in order, also where nothing followed for long", () => {
  fc.assert(
    fc.property(lineLists, multiline, feeding, fc.boolean(), (given, chosen, by, isSlow) => {
      const raw = Buffer.from(given.map((line) => `${line}\n`).join(""));
      const found = cutByReads(raw, { parsers: [{ multiline: chosen }] }, { ...by, isSlow });
      expectInOrder(found, raw.length);
      const written = given.filter((line) => line !== "");
      expect(found.texts.flatMap((event) => event.split("\n")).filter((line) => line !== "")).toEqual(written);
      expect(found.events.every(({ joined }) => joined)).toBe(true);
      // Between two events, and before the first, there are empty lines at most.
      let at = 0;
      for (const { offset, nextOffset } of [...found.events, { offset: raw.length, nextOffset: raw.length }]) {
        expect(raw.toString("utf8", at, offset).replaceAll("\n", "")).toBe("");
        at = nextOffset;
      }
    }),
    { numRuns },
  );
});

test("what a program wrote is whole however its runtime cut it and however the file is read", () => {
  const program = fc.array(fc.constantFrom("one ", "two ", "ü", '"{}"'), { minLength: 1, maxLength: 6 });
  const written = fc.array(fc.tuple(program, fc.constantFrom("cri", "docker")), { maxLength: 6 });
  fc.assert(
    fc.property(written, feeding, fc.boolean(), (given, by, isSlow) => {
      const raw = given.flatMap(([parts, format]) =>
        parts.map((part, index) => {
          const isLast = index === parts.length - 1;
          if (format === "cri") return `${time} stdout ${isLast ? "F" : "P"} ${part}\n`;
          return `${JSON.stringify({ log: isLast ? `${part}\n` : part, stream: "stdout", time })}\n`;
        }),
      );
      const { texts, counts } = cutByReads(Buffer.from(raw.join("")), { parsers: [{ container: {} }] }, { ...by, isSlow });
      expect(counts.unparsed).toBe(0);
      const expected = given.map(([parts]) => parts.join(""));
      if (isSlow) expect(texts.join("")).toBe(expected.join(""));
      else expect(texts).toEqual(expected);
    }),
    { numRuns },
  );
});
