import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "@gatelog/service-kit";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkConfig } from "../check-config.ts";
import { configSchema } from "../config.ts";
import { readPipeline } from "../pipeline-api/read-pipeline.ts";
import { recordLine } from "../processor.test-helper.ts";
import { testCommand } from "./test.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let config: string;

const filters = [
  "parseRecord",
  { drop: {}, when: { field: "record.path", equals: "/health" } },
  { set: { fields: { team: "a" } }, when: { field: "record.path", matches: "^/a/" } },
  { remove: { fields: ["secret"] } },
  { date: { source: "when", formats: ["ISO8601"], target: "seen" }, when: { field: "when", exists: true } },
  "ecs",
];
const outputs = [
  { topic: { embedded: { dir: "./topic", groups: [] }, name: "kerry" } },
  { elasticsearch: { nodes: ["https://127.0.0.1:1"], index: "logs", tls: { ca: ["./only-on-the-server.pem"] } } },
  { discard: {}, as: "late", when: { field: "record.status", gte: 500 } },
];

beforeEach(async () => {
  directory = await temporaryDirectory("gatelog-test-command-");
  config = join(directory.path, "processor.yaml");
  writeFileSync(config, JSON.stringify({ inputs: [{ beats: {} }], filters, outputs, buffer: { dir: "./buffer" } }));
});
afterEach(() => directory.remove());

function write(tests: unknown, name = "a.test.yaml"): string {
  const file = join(directory.path, name);
  writeFileSync(file, typeof tests === "string" ? tests : JSON.stringify({ tests }, undefined, 1));
  return file;
}

async function run(...args: string[]): Promise<{ text: string; error: string }> {
  const printed: string[] = [];
  const load = (file: string) =>
    loadConfig({ app: "processor", schema: configSchema, file, env: {}, check: checkConfig, readCode: readPipeline }).config;
  try {
    await testCommand.run(args, {
      loadConfig: load,
      print: (text) => void printed.push(text),
      env: {},
      onInterrupt: () => () => undefined,
    });
    return { text: printed.join("\n"), error: "" };
  } catch (error) {
    return { text: printed.join("\n"), error: (error as Error).message };
  }
}

const event = (more: object) => ({ message: recordLine(1, { path: "/a/b" }), ...more });

describe("processor test", () => {
  it("runs all tests beside the configuration, and says how many passed", async () => {
    write([
      { name: "parsed", given: { line: recordLine(1) }, expect: { record: { status: 200, seq: 1 }, line: recordLine(1) } },
      { name: "health is dropped", given: { line: recordLine(1, { path: "/health" }) }, expect: { output: "topic-kerry", dropped: true } },
      {
        name: "a team",
        given: { event: event({ secret: "x", tags: ["one", "two"], gatelog: { id: "0199a1b2-c3d4-7000-8000-00000000000a" } }) },
        expect: [
          {
            id: "0199a1b2-c3d4-7000-8000-00000000000a",
            fields: { team: "a" },
            tags: ["two"],
            failures: [],
            absent: ["fields.secret", "document.secret"],
          },
          { output: "elasticsearch-logs", document: { http: { response: { status_code: 200 } }, tags: ["one", "two"] } },
          { output: "topic-kerry", absent: ["document"], where: { field: "record.path", matches: "^/a/" } },
          { output: "late", dropped: true },
        ],
      },
    ]);
    write([{ name: "a frame", given: { frame: '{"message":"m","a":1}' }, expect: { line: "m", fields: { a: 1 } } }], "b.test.yaml");
    expect(await run("--config", config)).toEqual({ text: "7 passed, 0 failed, in 2 files", error: "" });
  });

  it("says of a test that fails where it stands and, a line each, what is different", async () => {
    const file = write(
      [
        "tests:",
        "  - name: first",
        "    given: { line: x }",
        "    expect: { line: x }",
        "  - name: second",
        "    given: { event: { message: m, list: [1, 2], when: never, http: { a.b: 1 } } }",
        "    expect:",
        "      line: n",
        "      fields: { list: [1], when: 5, http: { a.b: '1' }, gone: null }",
        "      tags: [other]",
        "      absent: [fields.when]",
        "      where: { field: message, equals: n }",
        "  - name: third",
        "    given: { line: x }",
        "    expect: { output: topic-kerry, dropped: true }",
      ].join("\n"),
    );
    const { text, error } = await run("--config", config);
    expect(error).toBe("2 tests of 3 failed");
    expect(text.split("\n")).toEqual([
      `FAIL ${file}:5 second`,
      '  line: expected "n", found "m"',
      "  fields.list: expected [1], found [1,2]",
      '  fields.when: expected 5, found "never"',
      '  fields.http["a.b"]: expected "1", found 1',
      "  fields.gone: expected null, found nothing",
      '  tags: expected ["other"] among them, found ["_dateparsefailure"]',
      '  fields.when: expected nothing, found "never"',
      '  where: expected {"field":"message","equals":"n"} to hold, found that it does not',
      expect.stringMatching(/^ {2}a filter failed: date: /),
      `FAIL ${file}:13 third (output topic-kerry)`,
      "  dropped: expected true, found false",
      "1 passed, 2 failed, in 1 file",
    ]);
  });

  it("prints JSON for programs", async () => {
    const file = write([{ name: "one", given: { line: "x" }, expect: { line: "y" } }]);
    const { text } = await run("--config", config, "--json", file);
    const differences = [{ path: "line", expected: '"y"', found: '"x"' }];
    expect(JSON.parse(text)).toEqual({
      passed: 0,
      failed: 1,
      tests: [{ file, line: 3, name: "one", passed: false, differences, failures: [] }],
    });
  });

  it("shows events masked, as they are in the buffer", async () => {
    write([
      { name: "masked", given: { line: '{"password":"hunter2"}' }, expect: { where: { not: { field: "message", contains: "hunter2" } } } },
    ]);
    expect((await run("--config", config)).error).toBe("");
  });

  it("says of the README's example what the README says", async () => {
    const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
    const [, example = "", said = ""] = /(# access\.test\.yaml[^]*?)```[^]*?\$ processor test\n([^]*?)\n```/.exec(readme) ?? [];
    const [, filters = ""] = /with (filters: .*)/.exec(example) ?? [];
    writeFileSync(
      config,
      `inputs: [{ beats: {} }]\nbuffer: { dir: ./b }\noutputs: [{ elasticsearch: { nodes: [http://127.0.0.1:1] } }]\n${filters}\n`,
    );
    write(example, "access.test.yaml");
    expect((await run("--config", config)).text.replaceAll(`${directory.path}/`, "")).toBe(said);
  });

  it("runs the functions of a pipeline.ts beside the tests", async () => {
    const folder = join(directory.path, "code");
    mkdirSync(folder);
    const code = `export default { inputs: [{ beats: {} }], outputs: [{ discard: {} }], buffer: { dir: "./b" },
      filters: [{ script: { run: (event) => { event.fields.long = event.message.length > 3; } } }] };`;
    writeFileSync(join(folder, "pipeline.ts"), code);
    const file = write([{ name: "long", given: { line: "word" }, expect: { fields: { long: true } } }], "code/long.test.yaml");
    expect(await run(file)).toEqual({ text: "1 passed, 0 failed, in 1 file", error: "" });
  });

  it.each([
    ["", /tests: missing/],
    ["- a", /expected keys with values \(`key: value`\) at the top of the file$/],
    [
      [{ name: "n", given: { line: "x" }, expect: [{ dropped: true }, { tag: ["a"] }] }],
      /tests\[0\]\.expect\[1\]\.tag: unknown key "tag", did you mean "tags"\?$/,
    ],
    ["{}", /tests: missing, expected a list of tests, each \{ name, given, expect \}$/],
    [[], /tests: expected a list of tests/],
    [
      [{ name: "n", given: { lien: "x" }, expect: { dropped: true } }],
      /tests\[0\]\.given\.lien: unknown key "lien", did you mean "line"\?/,
    ],
    [
      [{ name: "n", given: { line: "x", frame: "x" }, expect: { dropped: true } }],
      /expected exactly one of the keys line, event, frame, found line and frame$/,
    ],
    [
      [{ name: "n", given: { line: "x" }, expect: { outptu: "x" } }],
      /tests\[0\]\.expect\.outptu: unknown key "outptu", did you mean "output"\?$/,
    ],
    [
      [{ name: "n", given: { line: "x" }, expect: { output: "topic-kery", dropped: true } }],
      /a\.test\.yaml:\d+:\d+: tests\[0\]\.expect\.output: there is no output "topic-kery", did you mean "topic-kerry"\?$/,
    ],
    [[{ name: "n", given: { line: "x" }, expect: [{ output: "late" }] }], /tests\[0\]\.expect\[0\]: expects nothing: add dropped, line/],
    [
      [{ name: "n", given: { line: "x" }, expect: { dropped: true, line: "x" } }],
      /expect\.line: of an event that is dropped nothing is left$/,
    ],
    [
      [{ name: "n", given: { line: "x" }, expect: { where: { field: "a", eqals: 1 } } }],
      /expect\.where\.eqals: unknown key "eqals", valid are: field/,
    ],
  ])("refuses %j with one sentence and its place", async (tests, sentence) => {
    write(tests);
    const { error } = await run("--config", config);
    expect(error.split("\n")[0]).toMatch(sentence);
  });

  it("says what is missing where there are no tests, and no configuration", async () => {
    expect((await run("--config", config)).error).toMatch(/^test: there are no tests beside .*: write a \*\.test\.yaml there/);
    expect((await run("--config", config, join(directory.path, "none.test.yaml"))).error).toMatch(/there is no such file$/);
    mkdirSync(join(directory.path, "empty"));
    expect((await run(join(directory.path, "empty/a.test.yaml"))).error).toMatch(
      /^test: there is no processor\.yaml or pipeline\.ts in .*: add --config FILE$/,
    );
  });
});
