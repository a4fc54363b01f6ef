import { type Config, outputName } from "../config.ts";
import { parseCondition } from "../filters/condition.ts";
import type { WorkEvent } from "../work-event.ts";
import { type EventView, storedViewOf, viewOf } from "./event-view.ts";
import { type Difference, differencesOf, shown, valueAt } from "./partial-match.ts";
import type { Expectation, PipelineTest } from "./test-file.ts";
import type { TrialRun } from "./trial-run.ts";

/** What became of a test at one output. */
export interface TestResult {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly output?: string;
  readonly passed: boolean;
  readonly differences: readonly Difference[];
  /** Filters that failed on the event, `filter: reason`. */
  readonly failures: readonly string[];
}

/** Runs tests, one event after the other: a result for each expectation. */
export function runTests(tests: readonly PipelineTest[], trial: TrialRun, config: Config): readonly TestResult[] {
  const documents = new Set(config.outputs.filter((output) => "elasticsearch" in output).map(outputName));
  return tests.flatMap(({ file, line, name, given, expectations }) =>
    expectations.map((expectation) => {
      const { output } = expectation;
      const event = trial.run(given, output);
      const isStored = event?.document !== undefined || (output !== undefined && documents.has(output));
      const differences = event === undefined ? ofDropped(expectation) : ofKept(expectation, event, isStored);
      const failures = event?.failures ?? [];
      return { file, line, name, ...(output !== undefined && { output }), passed: differences.length === 0, differences, failures };
    }),
  );
}

function ofDropped({ dropped }: Expectation): readonly Difference[] {
  return dropped === true ? [] : [{ path: "dropped", expected: "false", found: "true" }];
}

function ofKept(expectation: Expectation, event: WorkEvent, isStored: boolean): readonly Difference[] {
  const { output: _output, dropped, where, absent = [], tags = [], failures, ...parts } = expectation;
  if (dropped === true) return [{ path: "dropped", expected: "true", found: "false" }];
  // Before the view, for that puts tags and failures into the document.
  const ofCondition = where === undefined || parseCondition(where).predicate(event) ? [] : [conditionDifference(where)];
  const view = isStored ? storedViewOf(event) : viewOf(event);
  return [
    ...Object.entries(parts).flatMap(([name, part]) => differencesOf(part, view[name as keyof EventView], name)),
    ...tagDifferences(tags, view.tags ?? []),
    ...failureDifferences(failures, view.failures ?? []),
    ...absent.flatMap((path) => absenceDifferences(path, valueAt(view, path))),
    ...ofCondition,
  ];
}

function conditionDifference(where: unknown): Difference {
  return { path: "where", expected: `${shown(where)} to hold`, found: "that it does not" };
}

function tagDifferences(expected: readonly string[], found: readonly string[]): readonly Difference[] {
  const missing = expected.filter((tag) => !found.includes(tag));
  return missing.length === 0 ? [] : [{ path: "tags", expected: `${shown(missing)} among them`, found: shown(found) }];
}

function failureDifferences(expected: readonly string[] | undefined, found: readonly string[]): readonly Difference[] {
  if (expected === undefined) return [];
  const isMet = expected.length === 0 ? found.length === 0 : expected.every((part) => found.some((failure) => failure.includes(part)));
  return isMet ? [] : [{ path: "failures", expected: expected.length === 0 ? "none" : shown(expected), found: shown(found) }];
}

function absenceDifferences(path: string, found: unknown): readonly Difference[] {
  return found === undefined ? [] : [{ path, expected: "nothing", found: shown(found) }];
}
