import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMasker, Redactions } from "@gatelog/masking";
import { loadConfig } from "@gatelog/service-kit";
import { repositoryRoot, temporaryDirectory } from "@gatelog/testkit";
import { Type } from "typebox";
import { afterAll, expect, test } from "vitest";
import { checkMaskingConfig, maskingSchema } from "./masking-config.ts";

const schema = Type.Object({ masking: maskingSchema });

const directory = await temporaryDirectory();
afterAll(() => directory.remove());

function load(yaml: string, env: Record<string, string> = {}) {
  const file = join(directory.path, "gateway.yaml");
  writeFileSync(file, yaml);
  return loadConfig({ app: "gateway", schema, file, env, check: ({ masking }) => checkMaskingConfig(masking) }).config.masking;
}

/** Sets the key of mode hash, as the guide does. */
function hashKeyFile(): Record<string, string> {
  const file = join(directory.path, "hash.key");
  writeFileSync(file, "a key of sixteen characters\n");
  return { GATELOG_GATEWAY_MASKING__HASH_KEY_FILE: file };
}

test("an empty configuration masks secrets, fixed", () => {
  expect(load("masking: {}")).toEqual({ profile: "default", mode: "fixed", headers: [], keys: [], rules: [], detectors: {} });
});

test("every kind of rule is taken", () => {
  const { rules } = load(`
masking:
  profile: cn-pipl
  hashKey: 0123456789abcdef
  detectors: { email: false }
  rules:
    - { headers: [x-user], mode: hash }
    - { query: [phone] }
    - { form: [mobile], mode: last4 }
    - { keys: [cardNo], mode: last4 }
    - { json: ["$.user.cards[*].no", "$..pin"], mode: remove }
    - { xml: ["//CardNo", "//Card/@no"] }
    - { path: /customers/:id/cards/:no, mode: last4 }
    - { pattern: 'SN-\\d{6}', flags: i, mode: fixed }
`);
  expect(rules).toHaveLength(8);
});

test.each([
  ["masking: { rules: [{ mode: fixed }] }", /:1:\d+: masking\.rules\[0\]: expected exactly one of headers/],
  ["masking: { rules: [{ pattern: '(' }] }", /masking\.rules\[0\]\.pattern: expected a regular expression in RE2 syntax/],
  ["masking: { mode: hash }", /masking\.hashKey: mode hash needs a key of at least 16 characters, found none/],
  ["masking: { hashKey: short }", /masking\.hashKey: expected/],
  ["masking: { profile: eu }", /masking\.profile: expected/],
  ["masking: { detectors: { passport: true } }", /passport/],
  ["masking: { rules: [{ keys: [] }] }", /masking\.rules\[0\]\.keys: expected/],
])("%s is refused with one sentence", (yaml, expected) => expect(() => load(yaml)).toThrow(expected));

test("the guide's configurations are valid, and its call is masked as it says", () => {
  const guide = readFileSync(join(repositoryRoot, "docs/guides/masking.md"), "utf8");
  const documents = Array.from(guide.matchAll(/```yaml\n([^`]*)```/g), ([, yaml = ""]) => load(yaml, hashKeyFile()));
  expect(documents.length).toBeGreaterThan(3);
  const redactions = new Redactions();
  const [before = "", after = ""] = /A call such as `([^`]*)` is then written as `([^`]*)`/.exec(guide)?.slice(1) ?? [];
  const masker = createMasker(documents[0]);
  expect(masker.body(before, { kind: "json", isCut: false }, redactions, "requestContent")).toBe(after);
  expect(guide).toContain(`"redacted":${JSON.stringify(redactions.list())}`);
});
