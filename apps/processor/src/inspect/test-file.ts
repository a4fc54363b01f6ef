import { exactlyOne, loadYamlFile, nearestName, type ConfigProblem } from "@gatelog/service-kit";
import { type Static, Type } from "typebox";
import { type Config, outputName } from "../config.ts";
import { parseCondition } from "../filters/condition.ts";

const anyMapping = () => Type.Record(Type.String(), Type.Unknown());

const expectation = Type.Object({
  output: Type.Optional(
    Type.String({ description: "The output whose filters, and whose condition, are run; by default all filters are." }),
  ),
  dropped: Type.Optional(Type.Boolean({ description: "Whether a filter drops the event, or the output's condition keeps it away." })),
  id: Type.Optional(Type.String()),
  time: Type.Optional(Type.String()),
  type: Type.Optional(Type.Enum(["record", "mark"])),
  line: Type.Optional(Type.String({ description: "The whole line." })),
  fields: Type.Optional(anyMapping()),
  record: Type.Optional(anyMapping()),
  document: Type.Optional(anyMapping()),
  tags: Type.Optional(Type.Array(Type.String(), { description: "Tags that it has, among others." })),
  failures: Type.Optional(
    Type.Array(Type.String(), { description: "Parts of the sentences that filters failed with; an empty list for none." }),
  ),
  absent: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: "What is not there, such as fields.password." })),
  where: Type.Optional(Type.Unknown({ description: "A condition, as a filter's, that holds." })),
});

const testFile = Type.Object({
  tests: Type.Array(
    Type.Object({
      name: Type.String({ minLength: 1 }),
      given: exactlyOne({ line: Type.String(), event: anyMapping(), frame: Type.String() }),
      expect: Type.Union([expectation, Type.Array(expectation, { minItems: 1 })]),
    }),
    { minItems: 1, expected: "a list of tests, each { name, given, expect }" },
  ),
});

/** What a test expects of an event at one output. */
export type Expectation = Static<typeof expectation>;
export type Given = Static<typeof testFile>["tests"][number]["given"];

/** A test of a pipeline, as its file has it. */
export interface PipelineTest {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly given: Given;
  readonly expectations: readonly Expectation[];
}

/**
 * Reads a file of tests.
 *
 * **Shape**: `tests: [{ name: …, given: { line: … }, expect: { record: { status: 200 } } }]`.
 * **Errors**: ConfigError, a line for each thing that is wrong, with its place.
 */
export function readTestFile(file: string, config: Config): readonly PipelineTest[] {
  const loaded = loadYamlFile({ schema: testFile, file, check: ({ tests }) => checkTests(tests, config) });
  return loaded.config.tests.map(({ name, given, expect }, index) => ({
    file,
    line: lineOf(loaded.locate(`tests[${index}]`)),
    name,
    given,
    expectations: listOf(expect),
  }));
}

function checkTests(tests: Static<typeof testFile>["tests"], config: Config): ConfigProblem[] {
  const outputs = config.outputs.map(outputName);
  return tests.flatMap(({ expect }, index) =>
    listOf(expect).flatMap((one, at) => {
      const path = ["tests", index, "expect", ...(Array.isArray(expect) ? [at] : [])];
      return checkExpectation(one, outputs).map(({ path: below, message }) => ({ path: [...path, ...below], message }));
    }),
  );
}

function checkExpectation({ output, dropped, ...rest }: Expectation, outputs: readonly string[]): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (output !== undefined && !outputs.includes(output)) problems.push({ path: ["output"], message: unknownOutput(output, outputs) });
  const [first] = Object.keys(rest);
  if (first === undefined && dropped === undefined)
    problems.push({ path: [], message: "expects nothing: add dropped, line, fields, record, document, tags, failures, absent or where" });
  if (first !== undefined && dropped === true) problems.push({ path: [first], message: "of an event that is dropped nothing is left" });
  if (rest.where === undefined) return problems;
  const { problems: ofCondition } = parseCondition(rest.where);
  return [...problems, ...ofCondition.map(({ path, message }) => ({ path: ["where", ...path], message }))];
}

/** `there is no output "x"`, and what there is. */
export function unknownOutput(name: string, outputs: readonly string[]): string {
  const nearest = nearestName(name, outputs);
  return `there is no output "${name}"${nearest === undefined ? `, there are: ${outputs.join(", ")}` : `, did you mean "${nearest}"?`}`;
}

function listOf<T extends object>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Of `file:line:column`. */
function lineOf(place: string): number {
  return Number(/:(\d+):\d+$/.exec(place)?.[1] ?? 1);
}
