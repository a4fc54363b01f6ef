import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { repositoryRoot } from "@gatelog/testkit";
import { expect, test, vi } from "vitest";
import { checkConfig } from "./check-config.ts";
import { testCommand } from "./commands/test.ts";
import { type Config, configSchema } from "./config.ts";
import { viewOf } from "./inspect/event-view.ts";
import { TrialRun } from "./inspect/trial-run.ts";
import { checkPipelineTypes, readPipeline } from "./pipeline-api/read-pipeline.ts";

// The compiler takes its time on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

const folder = join(repositoryRoot, "examples/processor");
const names = ["processor.yaml", "pipeline.ts"] as const;

function load(file: string): Config {
  return loadConfig({ app: "processor", schema: configSchema, file, env: {}, check: checkConfig, readCode: readPipeline }).config;
}

test.each(names)("examples/processor/%s passes the tests beside it", async (name) => {
  const printed: string[] = [];
  const config = join(folder, name);
  await testCommand.run(["--config", config], {
    loadConfig: load,
    print: (text) => void printed.push(text),
    env: {},
    onInterrupt: () => () => undefined,
  });
  expect(printed).toEqual([expect.stringMatching(/^1[0-9] passed, 0 failed/)]);
});

test("the compiler takes examples/processor/pipeline.ts", () => {
  expect(checkPipelineTypes(join(folder, "pipeline.ts")).problems).toEqual([]);
});

test("both examples are the same pipeline: they make the same of each event of events.ndjson", () => {
  const frames = readFileSync(join(folder, "events.ndjson"), "utf8").trimEnd().split("\n");
  const [yaml = [], code] = names.map((name) => {
    const trial = new TrialRun({ config: load(join(folder, name)), resolvePath: (path) => resolve(folder, path), onNotice: () => {} });
    try {
      return frames.map((frame) => eventOf(trial, frame));
    } finally {
      trial.close();
    }
  });
  expect(code).toEqual(yaml);
  expect(yaml.map((event) => event !== undefined)).toEqual([true, false, true, true, false, true, true, true]);
});

/** Without identity, which is new for what came by HTTP. */
function eventOf(trial: TrialRun, frame: string): unknown {
  const event = trial.run({ frame }, undefined);
  if (event === undefined) return undefined;
  const { id: _id, time: _time, ...view } = viewOf(event);
  return JSON.parse(JSON.stringify(view).replaceAll(event.id, "id").replaceAll(event.time, "time"));
}

test("the examples' files are told of in their README", () => {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  for (const name of readdirSync(folder).filter((name) => name !== "README.md" && name !== "data")) expect(readme).toContain(`\`${name}\``);
});
