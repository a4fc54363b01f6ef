import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@gatelog/testkit";
import { Compile } from "typebox/schema";
import { expect, test } from "vitest";
import { parse } from "yaml";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");
const editor = Compile(JSON.parse(read("docs/reference/schema/processor.schema.json")) as object);

/** Whether an editor takes these filters. */
function takes(filters: readonly unknown[]): boolean {
  return editor.Check({ inputs: [{ stdin: {} }], outputs: [{ discard: {} }], buffer: { dir: "b" }, filters });
}

test.each(["apps/processor/dev.yaml", "examples/logstash/access/processor.yaml", "examples/logstash/article/processor.yaml"])(
  "the schema for editors takes %s",
  (path) => {
    expect(editor.Errors(parse(read(path)))).toEqual([true, []]);
  },
);

test("the schema for editors takes filters by name, with options, with a condition, and conditions around filters", () => {
  const when = { all: [{ field: "record.status", gte: 500, lt: 600 }, { not: { any: [{ field: "a", exists: true }] } }] };
  for (const filters of [
    ["parseRecord", "ecs"],
    [{ drop: {}, when: { field: "record.path", in: ["/health", 1, null] } }],
    [{ grok: { match: ["%{IP:ip}"] }, as: "lines", when }],
    [{ when, do: [{ set: { fields: { a: 1, b: { c: true } } } }, { when, do: ["drop"] }], else: [{ sample: { share: 0.1 } }] }],
  ])
    expect(takes(filters), JSON.stringify(filters)).toBe(true);
});

test("the schema for editors refuses filters and options that are not there, and what needs options without them", () => {
  for (const filter of [
    "parserecord",
    "grok",
    { grok: { match: ["x"], matches: [] } },
    { grok: {} },
    { sample: { share: 2 } },
    { drop: {}, ecs: {} },
    { drop: {}, if: true },
    { when: { field: "a" }, do: [] },
    { when: { field: "a", equals: 1 } },
    { script: { run: "x" } },
  ])
    expect(takes([filter]), JSON.stringify(filter)).toBe(false);
});
