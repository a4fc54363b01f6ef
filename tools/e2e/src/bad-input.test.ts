import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { stages, type Stage } from "@gatelog/start";
import { ManagedProcess, repositoryRoot } from "@gatelog/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { Pipeline } from "./pipeline.ts";
import { startUpstream } from "./upstream.ts";

const upstream = await startUpstream();
let pipeline: Pipeline;
let taken: Server;

beforeAll(async () => {
  pipeline = await Pipeline.create({ upstream: upstream.url });
  taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
});
afterAll(async () => {
  taken.close();
  await pipeline.close();
  await upstream.close();
});

/** Runs the built app to its end with this configuration text. */
async function run(stage: Stage, text: string, ...flags: string[]): Promise<{ code: number | null; output: string; file: string }> {
  const directory = join(pipeline.data, "bad", `${stage}-${performance.now()}`);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${stage}.yaml`);
  writeFileSync(file, text);
  const app = new ManagedProcess({
    command: process.execPath,
    arguments: [join(repositoryRoot, "apps", stage, "dist/main.js"), "--config", file, ...flags],
    logFile: join(directory, "output"),
  });
  const timer = setTimeout(() => app.signal("SIGKILL"), 20_000);
  const { code } = await app.exited;
  clearTimeout(timer);
  return { code, output: app.output(), file };
}

function good(stage: Stage): string {
  return readFileSync(pipeline.configFile(stage), "utf8");
}

/** The configuration with one value changed, by path. */
function changed(stage: Stage, path: readonly (string | number)[], value: unknown): string {
  const configuration = parse(good(stage)) as Record<string, unknown>;
  let at = configuration as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  at[path.at(-1) as string] = value;
  return stringify(configuration);
}

const noStack = /\n\s+at .+:\d+:\d+/;

describe.each([...stages])("%s", (stage) => {
  test("accepts a good configuration with --check", async () => {
    const { code, output } = await run(stage, good(stage), "--check");
    expect(output).not.toMatch(noStack);
    expect(code).toBe(0);
  });

  test("refuses broken YAML with file and line", async () => {
    const { code, output, file } = await run(stage, `${good(stage)}\nadmin: { host: [\n`);
    expect(code).toBe(1);
    expect(output).toContain(`${file}:`);
    expect(output).not.toMatch(noStack);
  });

  test("refuses an unknown key with its line and the nearest name", async () => {
    const { code, output, file } = await run(stage, `shutdownDeadlineMss: 3\n${good(stage)}`);
    expect(code).toBe(1);
    expect(output).toContain(`${file}:1`);
    expect(output).toContain("shutdownDeadlineMs");
    expect(output).not.toMatch(noStack);
  });

  test("says that the configuration file is missing", async () => {
    const file = join(pipeline.data, "nowhere.yaml");
    rmSync(file, { force: true });
    const app = new ManagedProcess({
      command: process.execPath,
      arguments: [join(repositoryRoot, "apps", stage, "dist/main.js"), "--config", file],
      logFile: join(pipeline.data, "bad", `${stage}-missing`),
    });
    expect((await app.exited).code).toBe(1);
    expect(app.output()).toContain(file);
    expect(app.output()).not.toMatch(noStack);
  });

  test("says which port is taken", async () => {
    const { port } = taken.address() as AddressInfo;
    const { code, output } = await run(stage, changed(stage, ["admin", "port"], port));
    expect(code).toBe(1);
    expect(output).toContain(String(port));
    expect(output).not.toMatch(noStack);
  });
});

const listeners: [Stage, (string | number)[]][] = [
  ["gateway", ["listen", "port"]],
  ["processor", ["inputs", 0, "beats", "port"]],
  ["console", ["listen", "port"]],
];
test.each(listeners)("%s says that its own port is taken", async (stage, path) => {
  const { port } = taken.address() as AddressInfo;
  const { code, output } = await run(stage, changed(stage, path, port));
  expect(code).toBe(1);
  expect(output).toContain(String(port));
  expect(output).not.toMatch(noStack);
});

// A path below a file can be made by nobody, root included.
const directories: [Stage, (string | number)[]][] = [
  ["gateway", ["log", "dir"]],
  ["tailer", ["registryDir"]],
  ["processor", ["buffer", "dir"]],
];
test.each(directories)("%s names the directory that it cannot write", async (stage, path) => {
  const impossible = join(pipeline.configFile(stage), "below-a-file");
  const { code, output } = await run(stage, changed(stage, path, impossible));
  expect(code).toBe(1);
  expect(output).toContain(impossible);
  expect(output).not.toMatch(noStack);
});
