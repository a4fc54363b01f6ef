import { dirname, resolve } from "node:path";
import type { Static, TSchema } from "typebox";
import { Errors } from "typebox/value";
import { checkValue } from "./config/check.ts";
import { withDefaults } from "./config/defaults.ts";
import { type CodeReader, isCodeFile, readCodeDocument } from "./config/code-document.ts";
import { readDocument } from "./config/document.ts";
import { applyEnvironment, type EnvironmentResult } from "./config/environment.ts";
import { asJsonSchema, formatPath, type KeyPath } from "./config/json-schema.ts";
import { resolvePaths } from "./config/resolve-paths.ts";
import { ConfigError, type ConfigProblem } from "./start-error.ts";

/** A relation between values that the schema cannot say; returns what is wrong, or an empty list. */
export type ConfigCheck<Config> = (config: Config, context: { readonly resolvePath: (path: string) => string }) => readonly ConfigProblem[];

/** What loadConfig reads. */
export interface LoadConfigOptions<T extends TSchema> {
  /** The app's name as in `apps/<app>`, e.g. `db-sink`; its variables begin with `GATELOG_DB_SINK_`. */
  readonly app: string;
  readonly schema: T;
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly check?: ConfigCheck<Static<T>>;
  /** Runs a file that is code; without it, every file is YAML. */
  readonly readCode?: CodeReader;
}

/** What loadYamlFile reads. */
export type LoadYamlOptions<T extends TSchema> = Pick<LoadConfigOptions<T>, "schema" | "file" | "check" | "readCode">;

/** A valid configuration: defaults filled in, paths absolute, frozen at every depth. */
export interface LoadedConfig<Config> {
  readonly config: Config;
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute paths of the files that were read: the file and, where it is code, what it imports. */
  readonly files: readonly string[];
  /** Makes a path absolute against the folder of the file. */
  readonly resolvePath: (path: string) => string;
  /** `file:line:column` of a key such as `inputs[0].paths`, or of what is around it; or the variable that set it. */
  readonly locate: (key: string) => string;
}

/**
 * Reads a YAML file, or one that is code and gives the same value, applies `GATELOG_<APP>_<KEY>` variables and defaults, checks all of it and makes paths absolute.
 *
 * **Errors**: ConfigError with one line per problem, each with `file:line:column` or the variable that set the value.
 */
export function loadConfig<T extends TSchema>(options: LoadConfigOptions<T>): LoadedConfig<Static<T>> {
  return load(options, (value) => applyEnvironment({ app: options.app, schema: asJsonSchema(options.schema), value, env: options.env }));
}

/** The same for any other YAML file, e.g. one of `routes.d/*.yaml`; no environment variable touches it. */
export function loadYamlFile<T extends TSchema>(options: LoadYamlOptions<T>): LoadedConfig<Static<T>> {
  return load(options, (value) => ({ value, origins: new Map(), problems: [] }));
}

function load<T extends TSchema>(
  options: LoadYamlOptions<T>,
  override: (value: Record<string, unknown>) => EnvironmentResult,
): LoadedConfig<Static<T>> {
  const { readCode } = options;
  const isCode = readCode !== undefined && isCodeFile(options.file);
  const document = isCode ? readCodeDocument(options.file, readCode) : readDocument(options.file);
  const file = resolve(options.file);
  const resolvePath = (path: string) => resolve(dirname(file), path);
  const overridden = override(document.value);
  const locate = (path: KeyPath) => locateIn(overridden.origins, path) ?? document.locate(path);
  const fail = (problems: readonly ConfigProblem[], sentences: readonly string[] = []) => {
    const lines = [...problems.map((problem) => formatProblem(problem, locate)), ...sentences];
    if (lines.length > 0) throw new ConfigError(lines);
  };
  const schema = asJsonSchema(options.schema);
  const filled = withDefaults(schema, overridden.value);
  fail(checkValue(schema, filled), overridden.problems);
  // Keywords that only TypeBox's own validator knows.
  fail(residualProblems(options.schema, filled));
  const config = resolvePaths(schema, filled, dirname(file)) as Static<T>;
  fail(options.check?.(config, { resolvePath }) ?? []);
  return { config, file, files: document.files, resolvePath, locate: (key) => locate(parsePath(key)) };
}

function formatProblem(problem: ConfigProblem, locate: (path: KeyPath) => string): string {
  const key = formatPath(problem.path);
  return `${locate(problem.path)}: ${key === "" ? "" : `${key}: `}${problem.message}`;
}

function parsePath(key: string): KeyPath {
  const keys = key.split(/[.[\]]+/).filter((part) => part !== "");
  return keys.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function locateIn(origins: ReadonlyMap<string, string>, path: KeyPath): string | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const name = origins.get(formatPath(path.slice(0, depth)));
    if (name !== undefined) return `environment variable ${name}`;
  }
  return undefined;
}

function residualProblems(schema: TSchema, value: unknown): readonly ConfigProblem[] {
  return Errors(schema, value).map((error) => ({
    path: error.instancePath
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")),
    message: error.message,
  }));
}
