import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { checkConfig, configSchema } from "./config.ts";

const directory = await temporaryDirectory();
afterAll(() => directory.remove());

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
const examples = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml ?? "");

/** What an example that shows a part leaves out. */
const rest = {
  inputs: [{ id: "a", paths: ["./a.log"] }],
  registryDir: "./state",
  output: { lumberjack: { hosts: ["127.0.0.1:5044"] } },
};

test.each(examples)("the README's example is a valid configuration:\n%s", (yaml) => {
  const file = join(directory.path, "tailer.yaml");
  writeFileSync(file, stringify({ ...rest, ...(parse(yaml) as object) }));
  expect(() => loadConfig({ app: "tailer", schema: configSchema, file, env: {}, check: checkConfig })).not.toThrow();
});

test("there are examples, and what they name is in the reference", () => {
  expect(examples.length).toBeGreaterThan(12);
  const metrics = readFileSync(join(import.meta.dirname, "../../../docs/reference/metrics.md"), "utf8");
  for (const [name] of readme.matchAll(/gatelog_tailer_\w+/g)) expect(metrics).toContain(name);
});
