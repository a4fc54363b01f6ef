import * as fc from "fast-check";
import { expect, test } from "vitest";
import { unquote } from "./json-tokens.ts";

test("a literal is read as JSON reads it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (content) => {
      const literal = JSON.stringify(content);
      expect(unquote(literal, 0, literal.length, true)).toBe(content);
      const escaped = `"${Array.from({ length: content.length }, (_, at) => `\\u${content.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`;
      expect(unquote(escaped, 0, escaped.length, true)).toBe(content);
    }),
  );
});

test.each([
  ['"ab\\', "ab"],
  ['"ab\\u', "ab"],
  ['"ab\\u00', "ab"],
  ['"ab\\\\', "ab\\"],
  ['"ab\\\\u00', "ab\\u00"],
  ['"a\\x\\u0062', "axb"],
])("of a literal that is cut, what is whole is read: %s", (literal, content) => {
  expect(unquote(literal, 0, literal.length, false)).toBe(content);
});
