import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createMasker } from "./masker.ts";
import { Redactions } from "./redactions.ts";

const strict = createMasker({ profile: "strict" });
const isTaken = (text: string) => strict.body(text, { kind: "json", isCut: false }, new Redactions(), "b") !== undefined;

/** One JSON document, or several in a row; numbers and words need something between them. */
function isJson(text: string): boolean {
  if (parses(text)) return true;
  return Array.from({ length: text.length }, (_, at) => at).some(
    (at) => at > 0 && !/^[\w.+-]{2}/.test(text.slice(at - 1, at + 1)) && parses(text.slice(0, at)) && isJson(text.slice(at)),
  );
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Signs of JSON in and out of order, and documents with a sign too many or too few. */
const signs = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ 10-.eu\tn'.split(""), '"a"', '"password":', "true", "null"), maxLength: 12 });
const damaged = fc
  .tuple(fc.json({ maxDepth: 2 }), fc.nat(), fc.constantFrom("", ...'{}[]:,"\\ 1'.split("")), fc.nat(2))
  .map(([text, at, sign, dropped]) => text.slice(0, at % (text.length + 1)) + sign + text.slice((at % (text.length + 1)) + dropped));

test("strict takes what is JSON, and nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(signs, damaged), (text) => {
      fc.pre(text.trim() !== "" && text.length < 200);
      if (parses(text)) expect(isTaken(text)).toBe(true);
      if (isTaken(text)) expect(isJson(text)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
