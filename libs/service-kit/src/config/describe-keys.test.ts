import { Type } from "typebox";
import { expect, test } from "vitest";
import { exactlyOne, FileUrl, Path } from "../schema.ts";
import { describeKeys } from "./describe-keys.ts";
import { toEditorSchema } from "./editor-schema.ts";

const schema = Type.Object({
  name: Type.String({ pattern: /^[a-z]+$/.source, description: "Who." }),
  batch: Type.Object({ waitMsMax: Type.Integer({ default: 200, minimum: 0, unit: "ms", description: "How long." }) }),
  outputs: Type.Array(exactlyOne({ file: Type.Object({ dir: Path() }), url: FileUrl() }, { as: Type.Optional(Type.String()) }), {
    minItems: 1,
    description: "Where to.",
  }),
  labels: Type.Record(Type.String(), Type.Object({ text: Type.String() }), { default: {} }),
  search: Type.Union([Type.Object({ nodes: Type.Array(Type.String()) }), Type.Null()], { default: null }),
});

test("every key is described, mappings before what they hold", () => {
  expect(describeKeys(schema).map(({ path, type, required, default: value }) => [path, type, required, value])).toEqual([
    ["name", "a string that matches ^[a-z]+$", true, undefined],
    ["batch", "a mapping", false, undefined],
    ["batch.waitMsMax", "an integer of at least 0 (ms)", false, "200"],
    ["outputs", "a list of at least 1 items, each a mapping", true, undefined],
    ["outputs[].file", "a mapping", false, undefined],
    ["outputs[].file.dir", "a path", true, undefined],
    [
      "outputs[].url",
      "a database URL such as file:./data/x.db, postgresql://user:password@host/name or mysql://user:password@host/name",
      false,
      undefined,
    ],
    ["outputs[].as", "a string", false, undefined],
    ["labels", "a mapping", false, "{}"],
    ["labels.<key>", "a mapping", false, undefined],
    ["labels.<key>.text", "a string", true, undefined],
    ["search", "a mapping (keys with values) or null", false, "null"],
    ["search.nodes", "a list, each a string", true, undefined],
  ]);
  expect(describeKeys(schema)[3]?.description).toBe("Where to. Exactly one of file, url.");
});

test("the schema for editors requires only what has no default, closes mappings and keeps standard keywords", () => {
  const editor = toEditorSchema(schema, "x.yaml");
  expect(editor).toMatchObject({
    title: "x.yaml",
    required: ["name", "outputs"],
    additionalProperties: false,
    properties: {
      batch: { required: [], additionalProperties: false, properties: { waitMsMax: { default: 200, description: "How long. Unit: ms." } } },
      outputs: { minItems: 1, items: { oneOf: [{ required: ["file"] }, { required: ["url"] }] } },
    },
  });
  expect(JSON.stringify(editor)).not.toMatch(/"(resolve|secret|expected|unit)":/);
});
