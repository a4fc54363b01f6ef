import { Type } from "typebox";
import { expect, test } from "vitest";
import { defaultOf } from "./defaults.ts";

const scan = Type.Object({ intervalMs: Type.Integer({ default: 1000 }), poll: Type.Object({ hints: Type.Boolean({ default: true }) }) });

test("the default of a key, and of a mapping by its keys, is what holds where nothing is said", () => {
  expect(defaultOf(scan.properties.intervalMs)).toBe(1000);
  expect(defaultOf(scan)).toEqual({ intervalMs: 1000, poll: { hints: true } });
});

test("what has to be given has no default", () => {
  expect(() => defaultOf(Type.Object({ path: Type.String() }))).toThrow("the schema has no default");
});
