import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RegistryReport } from "@gatelog/file-tail";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleTailer, createStage, numbered, type Stage } from "../process.test-helper.ts";

let stage: Stage;
beforeAll(bundleTailer);
beforeEach(async () => {
  stage = await createStage();
});
afterEach(() => stage.remove());

const once = () => stage.run("--config", stage.config, "--once");
const inspect = (...more: string[]) => stage.run("inspect", "--config", stage.config, ...more);
const reset = (...more: string[]) => stage.run("reset", "--config", stage.config, ...more);

async function entries(): Promise<RegistryReport["entries"]> {
  return (JSON.parse((await inspect("--json")).stdout) as RegistryReport).entries;
}

async function delivered(): Promise<void> {
  await stage.receiver.start();
  await stage.append(...numbered(1, 100));
  await writeFile(join(stage.logs, "other.log"), "other\n");
  expect((await once()).code).toBe(0);
}

test("inspect lists what is remembered of every file, also while the tailer runs and when files are gone", async () => {
  await delivered();
  const size = (await readFile(stage.log)).length;
  expect((await entries()).find(({ path }) => path === stage.log)).toMatchObject({
    input: "test",
    offset: size,
    present: { state: "same", sizeBytes: size },
  });
  await stage.start();
  const running = await inspect();
  expect(running.code).toBe(0);
  expect(running.stdout).toContain(`${stage.log} ${size} of ${size} bytes, input test, generation `);
  expect(running.stdout).toContain(": 2 entries in ");
  await rm(join(stage.logs, "other.log"));
  expect((await inspect()).stdout).toMatch(/other\.log 6 gone/);
});

test("reset to the beginning sends the same lines with the same ids; only those of the file that was meant", async () => {
  await delivered();
  const { code, stdout } = await reset("--path", stage.log, "--to", "beginning");
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/app\.log: read on from 0, was \d+\n1 changed, 0 not\n$/) });
  expect((await once()).code).toBe(0);
  expect(stage.receiver.byId.size).toBe(101);
  expect([...stage.receiver.byId.values()].filter(({ count }) => count === 2)).toHaveLength(100);
});

test("reset to forget sends the lines as new ones", async () => {
  await delivered();
  expect((await reset("--input", "test", "--to", "forget")).stdout).toContain("2 changed, 0 not");
  expect(await entries()).toEqual([]);
  expect((await once()).code).toBe(0);
  expect(stage.receiver.byId.size).toBe(202);
});

test("reset to the end passes over what is there", async () => {
  await delivered();
  await stage.append("passed over");
  const [generation = ""] = (await entries()).filter(({ path }) => path === stage.log).map((entry) => entry.generation);
  expect((await reset("--generation", generation, "--to", "end")).stdout).toContain("1 changed, 0 not");
  await stage.append("sent");
  expect((await once()).code).toBe(0);
  expect(stage.receiver.messages()).toEqual(new Set([...numbered(1, 100), "other", "sent"]));
});

test("reset that matches nothing says so, and is a failure", async () => {
  await delivered();
  const { code, stdout, stderr } = await reset("--path", "/nowhere/*.log", "--input", "test", "--to", "beginning");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toBe(
    `gatelog tailer: reset: of the files in the registry ${stage.registryDir} none matches --path "/nowhere/*.log" and --input "test"; ` +
      `inspect --config ${stage.config} lists them, with their paths, inputs and generations\n`,
  );
});

test("reset does not touch a registry that a tailer uses", async () => {
  await delivered();
  await stage.start();
  const { code, stderr } = await reset("--path", "/**", "--to", "forget");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^gatelog tailer: .*another process uses the registry directory/);
});

test("import writes a configuration that the tailer takes, and never over one that is there", async () => {
  const filebeat = stage.at("filebeat.yml");
  await writeFile(
    filebeat,
    "filebeat.inputs:\n- { type: log, paths: [/var/log/*.log], spooky: 1 }\noutput.logstash: { hosts: ['127.0.0.1:5044'] }\n",
  );
  const printed = await stage.run("import", filebeat);
  expect(printed.code).toBe(0);
  expect(printed.stdout).toContain("/var/log/*.log");
  const out = stage.at("imported.yaml");
  const written = await stage.run("import", filebeat, "--out", out);
  expect(written.stdout).toMatch(/spooky.*\n(?:.*\n)*.*imported\.yaml was written/);
  expect(await readFile(out, "utf8")).toBe(printed.stdout);
  expect(await stage.run("--config", out, "--check")).toMatchObject({ code: 0 });
  expect(await stage.run("import", filebeat, "--out", out)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is there already"),
  });
  expect(await stage.run("import", filebeat, "--out", stage.at("nowhere/tailer.yaml"))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/tailer\.yaml cannot be written: its folder is not there; make it first$/m),
  });
});

test.each([
  [["inspekt"], /unexpected argument "inspekt", did you mean inspect\?/],
  [["--onse"], /unknown flag --onse, did you mean --once\?/],
  [["inspect"], /inspect: --config FILE is missing/],
  [["inspect", "--config", "nowhere.yaml"], /nowhere\.yaml/],
  [["inspect", "--yaml"], /inspect: Unknown option '--yaml'/],
  [["reset", "--config", "x", "--to", "start"], /reset: --to takes forget, beginning, end, found "start"/],
  [["reset", "--config", "x", "--to", "end"], /reset: say which files are meant/],
  [["import"], /import takes one file/],
  [["import", "nowhere.yml"], /nowhere\.yml cannot be read: there is no such file; give the path of your filebeat\.yml\n$/],
])("%j is refused with one sentence and exit 1", async (args, sentence) => {
  const { code, stderr, stdout } = await stage.run(...args);
  expect(code).toBe(1);
  expect(stderr).toMatch(sentence);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stdout).toBe("");
});

test("the registry of a start that never was is told", async () => {
  const { code, stderr } = await inspect();
  expect(code).toBe(1);
  expect(stderr).toMatch(/there is no registry in \S+\/registry: no tailer that has it as its registryDir was started yet\n$/);
  expect((await reset("--path", "/**", "--to", "end")).stderr).toBe(stderr);
});

test("help names the commands and flags", async () => {
  const { code, stdout } = await stage.run("--help");
  expect(code).toBe(0);
  for (const word of ["--config FILE", "--check", "--once", "import", "inspect", "reset"]) expect(stdout).toContain(word);
  for (const mark of [
    "of N bytes",
    "another file is there",
    "gone",
    "may not be looked at",
    "inflated",
    "rotated",
    "missing since",
    "ended",
  ])
    expect(stdout).toMatch(new RegExp(`^ +${mark}.*: `, "m"));
  const own = await stage.run("inspect", "--help");
  expect(own.code).toBe(0);
  expect(stdout).toContain(own.stdout);
});

test("a rotated file keeps its entry under its new name", async () => {
  await delivered();
  await rename(stage.log, join(stage.logs, "app-1.log"));
  await once();
  expect((await entries()).map(({ path }) => path.split("/").at(-1)).sort((a, b) => (a ?? "").localeCompare(b ?? ""))).toEqual([
    "app-1.log",
    "other.log",
  ]);
});
