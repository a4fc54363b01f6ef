import type { TSchema } from "typebox";
import type { ConfigProblem } from "../start-error.ts";
import { checkValue } from "./check.ts";
import { withDefaults } from "./defaults.ts";
import { asJsonSchema, type KeyPath } from "./json-schema.ts";
import { resolvePaths } from "./resolve-paths.ts";

export interface CheckOptionsOptions {
  readonly schema: TSchema;
  readonly value: unknown;
  /** Where the value stands in the configuration. */
  readonly path: KeyPath;
  /** Relative paths are made absolute against it. */
  readonly directory: string;
}

/**
 * Checks one part of a configuration against a schema of its own, which is known only when the part is looked at, such as the options of a filter.
 *
 * **Shape**: the value with its defaults, its paths absolute and frozen, where there are no problems; else as it was given.
 */
export function checkOptions({ schema, value, path, directory }: CheckOptionsOptions): {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
} {
  const json = asJsonSchema(schema);
  const filled = withDefaults(json, value);
  const problems = checkValue(json, filled, path);
  return problems.length > 0 ? { value, problems } : { value: resolvePaths(json, filled, directory), problems };
}
