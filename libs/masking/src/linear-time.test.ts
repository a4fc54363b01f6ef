import { describe, expect, test } from "vitest";
import type { TextKind } from "./mask-body.ts";
import { createMasker } from "./masker.ts";
import { Redactions } from "./redactions.ts";

const masker = createMasker({
  profile: "cn-pipl",
  rules: [
    { json: ["$..a[*].b", "$.a..c"] },
    { xml: ["//a//b", "/r/x/@y"] },
    { path: "/a/:x/**" },
    { pattern: "\\d+x" },
    { pattern: "(a|a)*c" },
  ],
});

/** Pieces that, many times in a row, are hostile to a scanner that looks ahead or back too far. */
const pieces = [
  "eyJ-",
  "eyJa.",
  "password:",
  "password:{",
  "password: \\\\\\",
  "<token ",
  '<a "',
  "<a>",
  "<a x='",
  "</b>",
  "<!--",
  "<![CDATA[",
  "<!DOCTYPE [",
  "<?",
  '"password":{',
  '{"a":[',
  '{"a":"\\',
  "]}",
  "://a:",
  "Bearer ",
  "::::",
  '\\\\\\"',
  "aaaaaaaaaaaa",
  "1",
  "86 ",
  "138 ",
  "1234-",
  "a@",
  "a.",
  "@a.",
  "%41",
  "a%",
  "&#",
  "a=",
  "/a",
  "手机号：",
  "pw ",
];

const kinds: readonly TextKind[] = ["json", "xml", "form", "text"];

function cpuUs(run: () => void): number {
  const used = () => {
    const from = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(from);
    return user + system;
  };
  return Math.min(used(), used(), used());
}

function maskAll(text: string): void {
  for (const kind of kinds) for (const isCut of [true, false]) masker.body(text, { kind, isCut }, new Redactions(), "b");
  masker.url(text, new Redactions(), "u");
}

describe("no text takes more than linear time", () => {
  test.each(pieces)("%s", (piece) => {
    const textOf = (chars: number) => `{"a": <r> sfzh ${piece.repeat(Math.ceil(chars / piece.length))}`;
    const [short, long] = [textOf(4096), textOf(32_768)];
    maskAll(short);
    // Eight times the text: 8 when linear, 64 when quadratic. What is fast either way proves nothing and is not compared.
    const floorUs = 10_000;
    expect(
      cpuUs(() => maskAll(long)) /
        Math.max(
          floorUs,
          cpuUs(() => maskAll(short)),
        ),
    ).toBeLessThan(32);
  });
});

test.each(["1", "eyJaaaaa.", "%41", "Bearer a", "'a"])(
  "a run of millions of %s does not exhaust the engine's stack, as a text and in JSON",
  { timeout: 60_000 },
  (piece) => {
    const characters = 16_000_000;
    const [first = ""] = piece;
    for (const text of [piece.repeat(characters / piece.length), `${piece}${piece.at(-1)?.repeat(characters)}`, first.repeat(characters)]) {
      const json = JSON.stringify({ password: "x", text });
      expect(() => masker.text(text, new Redactions(), "t").length + masker.text(json, new Redactions(), "t").length).not.toThrow();
    }
  },
);
