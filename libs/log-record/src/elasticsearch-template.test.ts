import { expect, test } from "vitest";
import { elasticsearchTemplate, type ElasticsearchTemplateOptions } from "./elasticsearch-template.ts";

interface Template {
  readonly index_patterns: string[];
  readonly priority: number;
  readonly data_stream?: object;
  readonly template: { settings: object; mappings: { dynamic: unknown; properties: Record<string, { properties?: object }> } };
}

function templateOf(options: ElasticsearchTemplateOptions): Template {
  return elasticsearchTemplate(options) as unknown as Template;
}

test("daily indices match by their prefix, and a data stream by its name", () => {
  const daily = templateOf({ name: "gatelog" });
  expect(daily.index_patterns).toEqual(["gatelog-*"]);
  expect(daily.data_stream).toBeUndefined();
  expect(templateOf({ name: "logs-gatelog-default", isDataStream: true })).toMatchObject({
    index_patterns: ["logs-gatelog-default"],
    data_stream: {},
  });
});

test("a prefix that begins with another's has the higher priority, since one server refuses two templates that match with the same", () => {
  expect(templateOf({ name: "gatelog-test" }).priority).toBeGreaterThan(templateOf({ name: "gatelog" }).priority);
});

test("what the server is to know of the indices stands beside the template's own settings", () => {
  const { settings } = templateOf({ name: "gatelog", indexSettings: { "lifecycle.name": "p" } }).template;
  expect(settings).toEqual({ index: { auto_expand_replicas: "0-1", "lifecycle.name": "p" } });
});

test("the mapping has no more fields than the template, unless it is asked for", () => {
  expect(templateOf({ name: "gatelog" }).template.mappings.dynamic).toBe(false);
  expect(templateOf({ name: "gatelog", isDynamic: true }).template.mappings.dynamic).toBe(true);
});

test("the words about an event and the reasons of failed filters are found by their whole value", () => {
  const { properties } = templateOf({ name: "gatelog" }).template.mappings;
  expect(properties["tags"]).toMatchObject({ type: "keyword" });
  expect(properties["gatelog"]?.properties).toMatchObject({ filter_errors: { type: "keyword" }, id: { type: "keyword" } });
});
