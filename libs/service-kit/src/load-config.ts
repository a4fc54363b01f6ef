import type { Static, TSchema } from "typebox";
import type { ConfigProblem } from "./start-error.ts";

/** A relation between values that the schema cannot say; returns what is wrong, or nothing. */
export type ConfigCheck<Config> = (config: Config, context: { readonly resolvePath: (path: string) => string }) => readonly ConfigProblem[];

/** What loadConfig reads. */
export interface LoadConfigOptions<T extends TSchema> {
  /** The app's name as in `apps/<app>`, e.g. `db-sink`; its variables begin with `GATELOG_DB_SINK_`. */
  readonly app: string;
  readonly schema: T;
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly check?: ConfigCheck<Static<T>>;
}

/** A valid configuration. */
export interface LoadedConfig<Config> {
  readonly config: Config;
  readonly file: string;
  readonly resolvePath: (path: string) => string;
}

/**
 * Reads a YAML file, applies `GATELOG_<APP>_<KEY>` variables and defaults, checks all of it and makes paths absolute.
 *
 * **Errors**: ConfigError with one line per problem.
 */
export declare function loadConfig<T extends TSchema>(options: LoadConfigOptions<T>): LoadedConfig<Static<T>>;

/** The same for any other YAML file (no environment), e.g. one of `routes.d/*.yaml`. */
export declare function loadYamlFile<T extends TSchema>(options: {
  readonly schema: T;
  readonly file: string;
  readonly check?: ConfigCheck<Static<T>>;
}): LoadedConfig<Static<T>>;
