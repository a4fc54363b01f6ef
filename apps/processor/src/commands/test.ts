import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type AppCommand, StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { runTests, type TestResult } from "../inspect/run-tests.ts";
import { readTestFile } from "../inspect/test-file.ts";
import { TrialRun } from "../inspect/trial-run.ts";
import { parseOptions } from "./arguments.ts";
import { counted } from "./counted.ts";
import { stderrLogger } from "./stderr-logger.ts";

const options = { config: { type: "string" }, json: { type: "boolean" } } as const;
/** What a configuration is called where nobody says it. */
const usualNames = ["processor.yaml", "pipeline.ts"] as const;
const testFileName = /\.test\.ya?ml$/;

/** `test [--config FILE] [FILE…]`: made-up events through the filters, compared with what is expected. */
export const testCommand: AppCommand<Config> = {
  usage: "[--config FILE] [TESTS.test.yaml …] [--json]: runs tests of the filters, without inputs, buffer and outputs",
  details: [
    "FILE is by default processor.yaml or pipeline.ts in this folder, or beside the first file of tests; tests are by default all *.test.yaml beside FILE",
    "a difference is one line: PATH: expected …, found …; the exit is 1 where a test fails",
  ],
  run(args, { loadConfig, print }) {
    const { values, positionals } = parseOptions("test", args, options);
    const configFile = values.config ?? usualConfig(dirname(positionals[0] ?? "x"));
    const config = loadConfig(configFile);
    const folder = dirname(resolve(configFile));
    const files = positionals.length > 0 ? positionals : filesBeside(configFile);
    const tests = files.flatMap((file) => readTestFile(file, config));
    const onNotice = (message: string) => stderrLogger.warn({}, message);
    const trial = new TrialRun({ config, resolvePath: (path) => resolve(folder, path), onNotice });
    try {
      report(runTests(tests, trial, config), { files: files.length, print, isJson: values.json === true });
    } finally {
      trial.close();
    }
    return Promise.resolve();
  },
};

function usualConfig(folder: string): string {
  const found = usualNames.map((name) => join(folder, name)).filter((file) => existsSync(file));
  const [only, ...others] = found;
  if (only === undefined) throw new StartError(`test: there is no ${usualNames.join(" or ")} in ${resolve(folder)}: add --config FILE`);
  if (others.length > 0) throw new StartError(`test: there are ${found.join(" and ")}: say which is meant with --config FILE`);
  return only;
}

function filesBeside(configFile: string): readonly string[] {
  const folder = dirname(configFile);
  const names = readdirSync(folder).filter((name) => testFileName.test(name));
  if (names.length > 0) return names.toSorted().map((name) => join(folder, name));
  throw new StartError(`test: there are no tests beside ${configFile}: write a *.test.yaml there, or name the files`);
}

interface ReportOptions {
  readonly files: number;
  readonly print: (line: string) => void;
  readonly isJson: boolean;
}

/** **Errors**: StartError where a test failed. */
function report(results: readonly TestResult[], { files, print, isJson }: ReportOptions): void {
  const failed = results.filter(({ passed }) => !passed);
  const counts = { passed: results.length - failed.length, failed: failed.length };
  if (isJson) print(JSON.stringify({ ...counts, tests: results }, undefined, 2));
  else {
    for (const result of failed) print(describe(result).join("\n"));
    print(`${counts.passed} passed, ${counts.failed} failed, in ${counted(files, "file")}`);
  }
  if (failed.length > 0) throw new StartError(`${counted(failed.length, "test")} of ${results.length} failed`);
}

function describe({ file, line, name, output, differences, failures }: TestResult): readonly string[] {
  return [
    `FAIL ${file}:${line} ${name}${output === undefined ? "" : ` (output ${output})`}`,
    ...differences.map(({ path, expected, found }) => `  ${path}: expected ${expected}, found ${found}`),
    ...failures.map((failure) => `  a filter failed: ${failure}`),
  ];
}
