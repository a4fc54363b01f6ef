import { expect, test } from "vitest";
import { parseCommandLine, usageOf } from "./arguments.ts";
import { StartError } from "./start-error.ts";

const tailer = { commands: ["import", "inspect", "reset"], flags: ["once"] };
const plain = { commands: [], flags: [] };
const parse = (line: string, known = tailer) => parseCommandLine(line === "" ? [] : line.split(" "), known);

test.each([
  ["--config a.yaml", { kind: "run", configFile: "a.yaml", check: false, flags: new Set() }],
  ["--config=a.yaml", { kind: "run", configFile: "a.yaml", check: false, flags: new Set() }],
  ["--check --config a.yaml", { kind: "run", configFile: "a.yaml", check: true, flags: new Set() }],
  ["check --config a.yaml", { kind: "run", configFile: "a.yaml", check: true, flags: new Set() }],
  ["--once --config a.yaml", { kind: "run", configFile: "a.yaml", check: false, flags: new Set(["once"]) }],
  ["--help", { kind: "help" }],
  ["-h", { kind: "help" }],
  ["--config a.yaml --help", { kind: "help" }],
])("%s is understood", (line, expected) => {
  expect(parse(line)).toEqual(expected);
});

test("a command gets everything behind its name as it stands, also what looks like a flag of the app", () => {
  expect(parse("import filebeat.yml --out x.yaml --config y")).toEqual({
    kind: "command",
    name: "import",
    args: ["filebeat.yml", "--out", "x.yaml", "--config", "y"],
  });
  expect(parse("inspect")).toEqual({ kind: "command", name: "inspect", args: [] });
});

const usage = "usage: --config FILE [--check] [--once], or one of the commands import, inspect, reset";

test.each([
  ["", `--config is missing; ${usage}`],
  ["--once", `--config is missing; ${usage}`],
  ["--config", `--config needs the name of a file; ${usage}`],
  ["--config=", `--config needs the name of a file; ${usage}`],
  ["--config a.yaml --onec", `unknown flag --onec, did you mean --once?; ${usage}`],
  ["--config a.yaml --once=yes", `--once takes no value; ${usage}`],
  ["-c a.yaml", `unknown flag -c; ${usage}`],
  ["inspct --config a.yaml", `unexpected argument "inspct", did you mean inspect?; ${usage}`],
  ["--config a.yaml inspect", `a command comes first: inspect …; ${usage}`],
  ["--config a.yaml b.yaml", `unexpected argument "b.yaml"; ${usage}`],
])("%j is refused in one sentence that says what may be given", (line, sentence) => {
  expect(() => parse(line)).toThrow(StartError);
  expect(() => parse(line)).toThrow(sentence);
});

test("an app without commands and flags speaks of none, and knows none", () => {
  expect(usageOf(plain)).toBe("usage: --config FILE [--check]");
  expect(() => parse("import", plain)).toThrow('unexpected argument "import"; usage: --config FILE [--check]');
  expect(() => parse("--once --config a.yaml", plain)).toThrow("unknown flag --once");
});
