import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { recordLine } from "../processor.test-helper.ts";
import { filterDefinitions } from "./definitions.ts";
import { filtered, problemsOf } from "./filters.test-helper.ts";

const readme = readFileSync(join(repositoryRoot, "apps/processor/README.md"), "utf8");
const section = /^## Filters$.*?(?=^## )/ms.exec(readme)?.[0] ?? "";
const examples = [...section.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => (parse(text) as { filters: unknown }).filters);

test("the README names every filter, in a table of its own", () => {
  const named = [...section.matchAll(/^\| \[`(\w+)`\]/gm)].map(([, name]) => name);
  expect(new Set(named)).toEqual(new Set(filterDefinitions.keys()));
});

test("the examples of the README are valid, and do what they say", () => {
  expect(examples.map((filters) => problemsOf(filters))).toEqual([[], [], [], []]);
  const [, nginx, health, sample] = examples;
  const line = '203.0.113.7 - - [23/Nov/2026:16:00:03 +0800] "GET /a HTTP/1.1" 200 157 "-" "curl/8.5.0" 0.250';
  expect(filtered(nginx, line)?.fields).toMatchObject({
    "@timestamp": "2026-11-23T08:00:03.000Z",
    http: { response: { status_code: 200 } },
    nginx: { seconds: 0.25 },
  });
  expect(filtered(health, recordLine(1, { path: "/health" }))).toBeUndefined();
  expect(filtered(health, recordLine(1, { path: "/a" }))?.document).toMatchObject({ url: { path: "/a" } });
  expect(filtered(sample, recordLine(1, { status: 500 }))).toBeDefined();
});
