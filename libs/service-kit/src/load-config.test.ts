import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@gatelog/testkit";
import { Type, type Static, type TSchema } from "typebox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig, loadYamlFile, type ConfigCheck } from "./load-config.ts";
import { commonConfig, exactlyOne, FileUrl, Path, Secret } from "./schema.ts";
import { ConfigError } from "./start-error.ts";

const schema = Type.Object({
  ...commonConfig({ adminPort: 9103 }),
  topic: exactlyOne(
    {
      kafka: Type.Object({ brokers: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }) }),
      embedded: Type.Object({ dir: Path() }),
    },
    { name: Type.String({ default: "kerry" }) },
  ),
  database: Type.Object({ url: FileUrl() }),
  batch: Type.Object({
    rowsMax: Type.Integer({ default: 1000, minimum: 1, maximum: 100_000 }),
    bytesMax: Type.Integer({ default: 4_194_304, minimum: 1, unit: "bytes" }),
    ratio: Type.Number({ default: 0.5, exclusiveMinimum: 0, exclusiveMaximum: 1 }),
  }),
  search: Type.Optional(Type.Union([Type.Object({ nodes: Type.Array(Type.String()) }), Type.Null()])),
  labels: Type.Record(Type.String({ pattern: "^[a-z]+$" }), Type.String(), { default: {} }),
  compression: Type.Union([Type.Literal("snappy"), Type.Literal("none")], { default: "snappy" }),
  paths: Type.Array(Path(), { default: ["./logs/*.log"] }),
  token: Type.Optional(Secret({ minLength: 8 })),
  dryRun: Type.Boolean({ default: false }),
});

let directory: { path: string; remove(): Promise<void> };
let count = 0;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(() => directory.remove());

async function fileWith(text: string): Promise<string> {
  const file = join(directory.path, `config-${count++}.yaml`);
  await writeFile(file, text);
  return file;
}

const minimal = "topic: { embedded: { dir: ./topic } }\ndatabase: { url: 'file:./data/x.db' }\n";

async function load(text: string, env: Record<string, string> = {}, check?: ConfigCheck<Static<typeof schema>>) {
  const file = await fileWith(text);
  return loadConfig({ app: "db-sink", schema, file, env, ...(check === undefined ? {} : { check }) });
}

/** The error's lines, without the directory of the file. */
async function problemsOf(text: string, env: Record<string, string> = {}): Promise<readonly string[]> {
  return linesOf(() => load(text, env));
}

async function linesOf(action: () => unknown): Promise<readonly string[]> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.lines.map((line) => line.replaceAll(`${directory.path}/`, "").replaceAll(/config-\d+\.yaml/g, "FILE"));
  }
  throw new Error("the configuration was accepted");
}

test("defaults are filled in at every depth, also below mappings that are missing", async () => {
  const { config } = await load(minimal);
  expect(config.admin).toEqual({ host: "127.0.0.1", port: 9103 });
  expect(config.batch).toEqual({ rowsMax: 1000, bytesMax: 4_194_304, ratio: 0.5 });
  expect(config.topic.name).toBe("kerry");
  expect(config.compression).toBe("snappy");
  expect(config).not.toHaveProperty("search");
});

test("paths and file: URLs are relative to the file, other URLs stay", async () => {
  const { config, resolvePath } = await load(minimal);
  expect(config.topic).toEqual({ embedded: { dir: join(directory.path, "topic") }, name: "kerry" });
  expect(config.database.url).toBe(`file:${join(directory.path, "data/x.db")}`);
  expect(config.paths).toEqual([join(directory.path, "logs/*.log")]);
  expect(resolvePath("a")).toBe(join(directory.path, "a"));
  const remote = await load(minimal.replace("file:./data/x.db", "postgresql://u:p@db/x?sslmode=require"));
  expect(remote.config.database.url).toBe("postgresql://u:p@db/x?sslmode=require");
  const absolute = await load(minimal.replace("file:./data/x.db", "file:///var/x.db"));
  expect(absolute.config.database.url).toBe("file:///var/x.db");
});

test("the configuration is frozen at every depth", async () => {
  const { config } = await load(minimal);
  expect(Object.isFrozen(config) && Object.isFrozen(config.batch) && Object.isFrozen(config.paths)).toBe(true);
});

test("an unknown key is named with file, line and the nearest valid name", async () => {
  await expect(problemsOf(`${minimal}batch:\n  rowMax: 5\n`)).resolves.toEqual([
    'FILE:4:3: batch.rowMax: unknown key "rowMax", did you mean "rowsMax"?',
  ]);
  await expect(problemsOf(`${minimal}batsh: {}\n`)).resolves.toEqual(['FILE:3:1: batsh: unknown key "batsh", did you mean "batch"?']);
});

test("an unknown key with nothing near lists the valid names", async () => {
  await expect(problemsOf(`${minimal}batch: { qwertyuiop: 5 }\n`)).resolves.toEqual([
    'FILE:3:10: batch.qwertyuiop: unknown key "qwertyuiop", valid are: rowsMax, bytesMax, ratio',
  ]);
});

test.each([
  ['batch: { rowsMax: "ten" }', 'FILE:3:10: batch.rowsMax: expected an integer from 1 to 100000, found "ten"'],
  ["batch: { rowsMax: 0 }", "FILE:3:10: batch.rowsMax: expected an integer from 1 to 100000, found 0"],
  ["batch: { rowsMax: 1.5 }", "FILE:3:10: batch.rowsMax: expected an integer from 1 to 100000, found 1.5"],
  ["batch: { rowsMax: }", "FILE:3:10: batch.rowsMax: expected an integer from 1 to 100000, found nothing"],
  ["batch: { bytesMax: 10MB }", 'FILE:3:10: batch.bytesMax: expected an integer of at least 1 (bytes), found "10MB"'],
  ["batch: { ratio: 1 }", "FILE:3:10: batch.ratio: expected a number above 0 and below 1, found 1"],
  ["batch: { ratio: .nan }", "FILE:3:10: batch.ratio: expected a number above 0 and below 1, found NaN"],
  ["batch: 7", "FILE:3:1: batch: expected a mapping (keys with values), found 7"],
  ["batch: [1]", "FILE:3:1: batch: expected a mapping (keys with values), found a list"],
  ["dryRun: yes", 'FILE:3:1: dryRun: expected true or false, found "yes"'],
  ["paths: ./logs", 'FILE:3:1: paths: expected a list, found "./logs"'],
  ["paths: [a, 3]", "FILE:3:12: paths[1]: expected a path, found 3, which YAML takes for a number: put it in quotes"],
  ['paths: [""]', 'FILE:3:9: paths[0]: expected a path, found ""'],
  ["compression: gzip", 'FILE:3:1: compression: expected "snappy" or "none", found "gzip"'],
  ["logLevel: loud", 'FILE:3:1: logLevel: expected "trace", "debug", "info", "warn", "error", "fatal" or "silent", found "loud"'],
  ["search: 5", "FILE:3:1: search: expected a mapping (keys with values) or null, found 5"],
  ["search: { node: [] }", 'FILE:3:11: search.node: unknown key "node", did you mean "nodes"?'],
  ["labels: { Team: a }", 'FILE:3:11: labels.Team: the key "Team" does not match ^[a-z]+$'],
  ["labels: { team: 5 }", "FILE:3:11: labels.team: expected a string, found 5, which YAML takes for a number: put it in quotes"],
])("%s is refused in one sentence", async (line, sentence) => {
  const [first] = await problemsOf(`${minimal}${line}\n`);
  expect(first).toBe(sentence);
});

test("a missing key says where it belongs and what it is", async () => {
  await expect(problemsOf("topic:\n  embedded: {}\n")).resolves.toEqual([
    "FILE:2:3: topic.embedded.dir: missing, expected a path",
    "FILE:1:1: database.url: missing, expected a database URL such as file:./data/x.db, postgresql://user:password@host/name or mysql://user:password@host/name",
  ]);
});

test("exactly one of several keys: none, two and a wrong one are each one sentence", async () => {
  const database = "database: { url: 'file:x' }\n";
  await expect(problemsOf(`${database}topic: {}\n`)).resolves.toEqual([
    "FILE:2:1: topic: expected exactly one of the keys kafka, embedded, found none of them",
  ]);
  await expect(problemsOf(`${database}topic: { kafka: { brokers: [a] }, embedded: { dir: x } }\n`)).resolves.toEqual([
    "FILE:2:1: topic: expected exactly one of the keys kafka, embedded, found kafka and embedded",
  ]);
  await expect(problemsOf(`${database}topic: { kafka: { brokers: [] } }\n`)).resolves.toEqual([
    "FILE:2:19: topic.kafka.brokers: expected a list of at least 1 items, found 0",
  ]);
});

test("a choice of one is a key that is missing", async () => {
  const one = Type.Object({ output: exactlyOne({ lumberjack: Type.Object({}) }) });
  await expect(linesOf(async () => loadYamlFile({ schema: one, file: await fileWith("output: {}\n") }))).resolves.toEqual([
    "FILE:1:1: output: the key lumberjack is missing",
  ]);
});

test("all problems are reported at once", async () => {
  await expect(problemsOf("batch: { rowsMax: 0, bytesMax: 0 }\ntopik: 1\n")).resolves.toHaveLength(5);
});

test("a secret is never shown", async () => {
  const lines = await problemsOf(`${minimal.replace("file:./data/x.db", "hunter2-is-no-url")}token: hunter2\n`);
  expect(lines).toHaveLength(2);
  expect(lines.join("\n")).not.toContain("hunter2");
});

test("broken YAML is reported with its line", async () => {
  const [first] = await problemsOf("batch:\n  rowsMax: 5\n bytesMax: [1\n");
  expect(first).toMatch(/^FILE:3:\d+: this is not valid YAML: /);
  const [twice] = await problemsOf(`${minimal}dryRun: true\ndryRun: false\n`);
  expect(twice).toBe("FILE:4:1: this is not valid YAML: Map keys must be unique");
});

test("a tag that nobody resolves is refused instead of taken literally", async () => {
  await expect(problemsOf(`${minimal}token: !vault db/password\n`)).resolves.toEqual([
    "FILE:3:8: this is not valid YAML: Unresolved tag: !vault",
  ]);
});

test("merge keys bring in an anchor's keys", async () => {
  const { config } = await load(
    `database: &d { url: "file:x" }\ntopic: { embedded: { dir: x } }\nbatch: { <<: { rowsMax: 7 }, bytesMax: 9 }\n`,
  );
  expect(config.batch).toMatchObject({ rowsMax: 7, bytesMax: 9 });
});

test("a file that is no mapping, no text, too large, a directory or absent gives one sentence", async () => {
  await expect(problemsOf("- a\n- b\n")).resolves.toEqual(["FILE:1:1: expected keys with values (`key: value`) at the top of the file"]);
  const binary = join(directory.path, "binary.yaml");
  await writeFile(binary, Buffer.from([0x61, 0xff, 0xfe]));
  await expect(linesOf(() => loadYamlFile({ schema, file: binary }))).resolves.toEqual(["binary.yaml: this file is not UTF-8 text"]);
  const large = join(directory.path, "large.yaml");
  await writeFile(large, "#".repeat(5_000_000));
  await expect(linesOf(() => loadYamlFile({ schema, file: large }))).resolves.toEqual([
    "large.yaml: a configuration file is at most 4194304 bytes, this has 5000000",
  ]);
  await mkdir(join(directory.path, "folder.yaml"));
  await expect(linesOf(() => loadYamlFile({ schema, file: join(directory.path, "folder.yaml") }))).resolves.toEqual([
    "cannot read the configuration file folder.yaml: it is a directory",
  ]);
  await expect(linesOf(() => loadYamlFile({ schema, file: join(directory.path, "absent.yaml") }))).resolves.toEqual([
    "cannot read the configuration file absent.yaml: there is no such file",
  ]);
});

test("aliases that multiply without end are refused", async () => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  const names = ["a", "b", "c", "d", "e", "f"];
  for (const [index, name] of names.slice(1).entries()) {
    const previous = names[index];
    bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${previous}`).join(", ")}]`);
  }
  await expect(problemsOf(bomb.join("\n"))).resolves.toEqual([
    "FILE: this YAML cannot be read: Excessive alias count indicates a resource exhaustion attack",
  ]);
});

test("an empty file and __proto__ are plain data", async () => {
  const loose = Type.Object({ level: Type.Integer({ default: 3 }) });
  expect(loadYamlFile({ schema: loose, file: await fileWith("") }).config).toEqual({ level: 3 });
  const file = await fileWith("__proto__: { level: 9 }\n");
  await expect(linesOf(() => loadYamlFile({ schema: loose, file }))).resolves.toEqual([
    'FILE:1:1: __proto__: unknown key "__proto__", valid are: level',
  ]);
});

test("an error below an alias points at the place that was written", async () => {
  const [first] = await problemsOf(`${minimal}search: &s { nodes: [] }\nbatch: *s\n`);
  expect(first).toBe('FILE:3:14: batch.nodes: unknown key "nodes", valid are: rowsMax, bytesMax, ratio');
});

test("environment variables override keys: numbers, booleans, text, lists and mappings as JSON", async () => {
  const { config } = await load(minimal, {
    GATELOG_DB_SINK_BATCH__ROWS_MAX: "500",
    GATELOG_DB_SINK_DRY_RUN: "true",
    GATELOG_DB_SINK_TOPIC__NAME: "123",
    GATELOG_DB_SINK_PATHS: '["./a", "/b"]',
    GATELOG_DB_SINK_SEARCH: '{"nodes": ["http://es:9200"]}',
    GATELOG_DB_SINK_ADMIN__PORT: "0",
    GATELOG_TAILER_ANYTHING: "another app's",
    PATH: "/bin",
  });
  expect(config.batch.rowsMax).toBe(500);
  expect(config.dryRun).toBe(true);
  expect(config.topic.name).toBe("123");
  expect(config.paths).toEqual([join(directory.path, "a"), "/b"]);
  expect(config.search).toEqual({ nodes: ["http://es:9200"] });
  expect(config.admin.port).toBe(0);
});

test("a variable can set what the file leaves out, null, and single keys of a mapping that another variable gives", async () => {
  const { config } = await load("database: { url: 'file:x' }\n", {
    GATELOG_DB_SINK_TOPIC__EMBEDDED__DIR: "/topic",
    GATELOG_DB_SINK_SEARCH: "null",
    GATELOG_DB_SINK_BATCH: '{"rowsMax": 1, "bytesMax": 2}',
    GATELOG_DB_SINK_BATCH__BYTES_MAX: "3",
  });
  expect(config.topic).toEqual({ embedded: { dir: "/topic" }, name: "kerry" });
  expect(config.search).toBeNull();
  expect(config.batch).toMatchObject({ rowsMax: 1, bytesMax: 3 });
});

test("_FILE reads a secret without its line end", async () => {
  const secret = await fileWith("postgresql://u:s3cret@db/x\n");
  const { config } = await load(minimal, { GATELOG_DB_SINK_DATABASE__URL_FILE: secret });
  expect(config.database.url).toBe("postgresql://u:s3cret@db/x");
  await expect(problemsOf(minimal, { GATELOG_DB_SINK_TOKEN_FILE: "/nowhere/at/all" })).resolves.toEqual([
    "environment variable GATELOG_DB_SINK_TOKEN_FILE: cannot read the file /nowhere/at/all: there is no such file",
  ]);
});

test("a value and a file for the same key contradict each other", async () => {
  await expect(problemsOf(minimal, { GATELOG_DB_SINK_TOKEN: "12345678", GATELOG_DB_SINK_TOKEN_FILE: "/run/token" })).resolves.toEqual([
    "environment variables GATELOG_DB_SINK_TOKEN and GATELOG_DB_SINK_TOKEN_FILE set the same key: keep one of them",
  ]);
});

test("a variable that matches no key is refused with the nearest name, a wrong value with the variable's name", async () => {
  await expect(
    problemsOf(minimal, { GATELOG_DB_SINK_BATCH__ROWMAX: "5", GATELOG_DB_SINK_BATCH__RATIO: "high", GATELOG_DB_SINK_PATHS: "a,b" }),
  ).resolves.toEqual([
    'environment variable GATELOG_DB_SINK_PATHS: paths: expected a list, found "a,b"',
    'environment variable GATELOG_DB_SINK_BATCH__RATIO: batch.ratio: expected a number above 0 and below 1, found "high"',
    "environment variable GATELOG_DB_SINK_BATCH__ROWMAX matches no key, did you mean GATELOG_DB_SINK_BATCH__ROWS_MAX?",
  ]);
});

test("a relation between values is checked on the finished configuration and reported like the rest", async () => {
  const check: ConfigCheck<Static<typeof schema>> = (config) =>
    config.batch.rowsMax <= config.batch.bytesMax ? [] : [{ path: ["batch", "rowsMax"], message: "must not be above batch.bytesMax" }];
  await expect(linesOf(() => load(`${minimal}batch: { rowsMax: 9, bytesMax: 8 }\n`, {}, check))).resolves.toEqual([
    "FILE:3:10: batch.rowsMax: must not be above batch.bytesMax",
  ]);
});

test("keywords that only the schema library knows are still enforced", async () => {
  const strange: TSchema = Type.Object({ mail: Type.String({ format: "email" }) });
  await expect(linesOf(async () => loadYamlFile({ schema: strange, file: await fileWith("mail: nobody\n") }))).resolves.toEqual([
    'FILE:1:1: mail: must match format "email"',
  ]);
});

test("of a union of mappings, the branch that was meant is explained", async () => {
  const union = Type.Object({
    store: Type.Union([
      Type.Object({ kind: Type.Literal("sql"), url: Type.String(), pool: Type.Integer({ default: 4 }) }),
      Type.Object({ kind: Type.Literal("search"), nodes: Type.Array(Type.String()) }),
    ]),
  });
  const file = await fileWith("store: { kind: search, node: [a] }\n");
  await expect(linesOf(() => loadYamlFile({ schema: union, file }))).resolves.toEqual([
    'FILE:1:24: store.node: unknown key "node", did you mean "nodes"?',
    "FILE:1:1: store.nodes: missing, expected a list",
  ]);
  const good = await fileWith("store: { kind: sql, url: x }\n");
  expect(loadYamlFile({ schema: union, file: good }).config.store).toEqual({ kind: "sql", url: "x", pool: 4 });
});
