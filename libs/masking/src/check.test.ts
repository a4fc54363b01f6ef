import { expect, test } from "vitest";
import { checkMasking } from "./check.ts";
import type { MaskerOptions } from "./options.ts";

const problemsOf = (options: MaskerOptions) => checkMasking(options).map(({ path, message }) => `${path.join(".")}: ${message}`);

test("good options have no problems", () => {
  expect(
    problemsOf({
      profile: "cn-pipl",
      mode: "hash",
      hashKey: "0123456789abcdef",
      rules: [
        { headers: ["x-user"] },
        { json: ["$.a['b c'][0][*].d", "$..e"] },
        { xml: ["/a/b", "//c/@d", "//p:e"] },
        { path: "/a/:id/*/**" },
        { pattern: "(?:ab|cd)+\\d*x", flags: "ims" },
      ],
    }),
  ).toEqual([]);
});

test.each<[MaskerOptions, RegExp]>([
  [{ mode: "hash" }, /^hashKey: mode hash needs a key of at least 16 characters, found none$/],
  [{ rules: [{ keys: ["a"], mode: "hash" }], hashKey: "short" }, /^hashKey: .* found one of 5$/],
  [{ keys: ["--"] }, /^keys\.0: expected a name with a letter or digit/],
  [{ rules: [{ mode: "fixed" }] }, /^rules\.0: expected exactly one of .* found none$/],
  [{ rules: [{ keys: ["a"], query: ["b"] }] }, /^rules\.0: expected exactly one of .* found query and keys$/],
  [{ rules: [{ json: ["user.name"] }] }, /^rules\.0\.json\.0: expected a JSON path .* found "user\.name"$/],
  [{ rules: [{ json: ["$.a[?(@.b)]"] }] }, /JSON path/],
  [{ rules: [{ xml: ["CardNo"] }] }, /^rules\.0\.xml\.0: expected an XML path .* found "CardNo"$/],
  [{ rules: [{ xml: ["//a/@b/c"] }] }, /XML path/],
  [{ rules: [{ path: "/customers" }] }, /^rules\.0\.path: expected a path with a segment to mask/],
  [{ rules: [{ path: "/a/**/:id" }] }, /expected a path with a segment to mask/],
  [{ rules: [{ pattern: "(" }] }, /^rules\.0\.pattern: expected a regular expression in RE2 syntax/],
  [{ rules: [{ pattern: "(?<=a)b" }] }, /RE2 syntax/],
  [{ rules: [{ pattern: "(a)\\1" }] }, /RE2 syntax/],
  [{ rules: [{ pattern: "a*" }] }, /^rules\.0\.pattern: expected a pattern that needs at least one character/],
  [{ rules: [{ pattern: "a", flags: "g" }] }, /^rules\.0\.flags: expected flags out of i, m, s, found "g"$/],
  [{ rules: [{ keys: ["a"], flags: "i" }] }, /flags belong to a pattern/],
])("%j is refused with one sentence", (options, expected) => {
  const problems = problemsOf(options);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(expected);
});
