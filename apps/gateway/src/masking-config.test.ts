import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadYamlFile } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { Type } from "typebox";
import { afterAll, expect, test } from "vitest";
import { checkMaskingConfig, maskingSchema } from "./masking-config.ts";

const schema = Type.Object({ masking: maskingSchema });

const directory = await temporaryDirectory();
afterAll(() => directory.remove());

function load(yaml: string) {
  const file = join(directory.path, "gateway.yaml");
  writeFileSync(file, yaml);
  return loadYamlFile({ schema, file, check: ({ masking }) => checkMaskingConfig(masking) }).config.masking;
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
