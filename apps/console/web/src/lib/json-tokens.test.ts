import { array, assert, constantFrom, json, property, string, tuple } from "fast-check";
import { expect, test } from "vitest";
import { jsonTokens } from "./json-tokens.ts";

const pretty = (text: string) =>
  jsonTokens(text)
    ?.map((token) => token.text)
    .join("");

test("JSON is laid out, line by line", () => {
  expect(pretty('{"a":[1,{"b":null}],"c":{},"d":[],"e":"x: {y}"}')).toBe(
    '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": [],\n  "e": "x: {y}"\n}',
  );
});

test.each(["12345678901234567890", "1e400", "1.0", "-0", "0.10"])("the number %s stays as it was sent", (number) => {
  expect(pretty(`[${number}]`)).toBe(`[\n  ${number}\n]`);
});

test.each([String.raw`"\u00e9"`, String.raw`"\/"`, String.raw`"a\"b\\"`, '"日志《𠮷》"', '"\u2028"'])(
  "the string %s stays as it was sent",
  (text) => {
    expect(pretty(`{"k":${text}}`)).toBe(`{\n  "k": ${text}\n}`);
  },
);

test.each(["", "plain", "12", '"text"', "null", '{"a":', "{'a':1}", "<html>", '{"a":1} tail'])("%j is not laid out", (text) => {
  expect(jsonTokens(text)).toBeUndefined();
});

test("kinds are told apart", () => {
  const kinds = jsonTokens('{"k":"s","n":-1.5e3,"t":true}')?.filter(({ kind }) => kind !== "space" && kind !== "punctuation");
  expect(kinds?.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'key "k"',
    'string "s"',
    'key "n"',
    "number -1.5e3",
    'key "t"',
    "literal true",
  ]);
});

test("of any JSON only white space changes", () => {
  const blanks = array(constantFrom(" ", "\n", "\t", "\r"), { maxLength: 3 }).map((parts) => parts.join(""));
  assert(
    property(tuple(blanks, json(), string(), blanks), ([before, value, key, after]) => {
      const text = `${before}{${before}${JSON.stringify(key)}:${after}${value}}${after}`;
      const result = pretty(text);
      expect(JSON.stringify(JSON.parse(result ?? ""))).toBe(JSON.stringify(JSON.parse(text)));
      const once = pretty(result ?? "");
      expect(once).toBe(result);
    }),
  );
});
