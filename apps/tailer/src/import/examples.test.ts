import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { expect, test } from "vitest";
import { checkConfig, configSchema } from "../config.ts";
import { exampleNames, examplesDirectory, readExample } from "./corpus.test-helper.ts";
import { importFilebeat } from "./import-filebeat.ts";

test("there are examples", () => {
  expect(exampleNames.length).toBeGreaterThan(4);
});

test.each(exampleNames)("examples/filebeat/%s/tailer.yaml is what its filebeat.yml becomes", (name) => {
  const { yaml } = importFilebeat(readExample(name, "filebeat.yml"), { file: "filebeat.yml" });
  expect(readExample(name, "tailer.yaml")).toBe(yaml);
});

test.each(exampleNames)("the tailer takes examples/filebeat/%s/tailer.yaml", (name) => {
  const file = join(examplesDirectory, name, "tailer.yaml");
  const { config } = loadConfig({ app: "tailer", schema: configSchema, file, env: {}, check: checkConfig });
  expect(config.inputs.length).toBeGreaterThan(0);
});
