import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { repositoryRoot } from "@gatelog/testkit";
import { expect, test } from "vitest";
import { checkConfig } from "../check-config.ts";
import { configSchema } from "../config.ts";
import { importLogstash } from "./import-logstash.ts";

const examplesDirectory = join(repositoryRoot, "examples/logstash");
const names = readdirSync(examplesDirectory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const readExample = (name: string, file: string) => readFileSync(join(examplesDirectory, name, file), "utf8");

test.each(names)("examples/logstash/%s/processor.yaml is what its logstash.conf becomes", (name) => {
  const { yaml } = importLogstash([{ file: "logstash.conf", text: readExample(name, "logstash.conf") }]);
  expect(yaml).toBe(readExample(name, "processor.yaml"));
});

test.each(names)("the processor takes examples/logstash/%s/processor.yaml", (name) => {
  const file = join(examplesDirectory, name, "processor.yaml");
  const { config } = loadConfig({ app: "processor", schema: configSchema, file, env: {}, check: checkConfig });
  expect(config.outputs.length).toBeGreaterThan(1);
});
