import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Registry } from "@gatelog/service-kit";
import type { TSchema } from "@gatelog/service-kit/reference";

/** The five apps, in the order of the data flow. */
export const appNames = ["gateway", "tailer", "processor", "db-sink", "console"] as const;

/** What the reference says of one app. */
export interface AppReference {
  readonly name: string;
  readonly configSchema: TSchema;
  readonly createMetrics: (registry: Registry) => unknown;
  readonly errors: ErrorTable;
}

/** Codes with what they mean and what to do. */
export type ErrorTable = Readonly<Record<string, string>>;

/** A YAML file beside an app's own, with its schema. */
export interface ExtraFile {
  readonly app: string;
  /** What the file is called, e.g. `routes.d/*.yaml`. */
  readonly file: string;
  readonly schemaName: string;
  readonly schema: TSchema;
}

/** Loads config.ts, metrics.ts and errors.ts of an app. **Errors**: one that names the file and the export that is missing. */
export async function loadApp(root: string, name: string): Promise<AppReference> {
  const source = (file: string) => join(root, "apps", name, "src", file);
  return {
    name,
    configSchema: (await load(source("config.ts"), "configSchema")) as TSchema,
    createMetrics: (await load(source("metrics.ts"), "createMetrics")) as AppReference["createMetrics"],
    errors: (await load(source("errors.ts"), "errors")) as ErrorTable,
  };
}

/** Loads the schemas of the files that an app reads beside its own. */
export async function loadExtraFiles(root: string): Promise<readonly ExtraFile[]> {
  const schema = (await load(join(root, "apps/gateway/src/routes-file.ts"), "routesSchema")) as TSchema;
  return [{ app: "gateway", file: "routes.d/*.yaml", schemaName: "gateway-routes", schema }];
}

/** A kind of filter of the processor's. */
export interface FilterReference {
  readonly name: string;
  readonly description: string;
  readonly schema: TSchema;
  readonly effects: (options: never) => readonly string[];
  readonly isBoxed?: boolean;
  readonly failureTag: string;
}

/** Loads the processor's filters, sorted by name. */
export async function loadFilters(root: string): Promise<readonly FilterReference[]> {
  const source = (file: string) => join(root, "apps/processor/src/filters", file);
  const definitions = (await load(source("definitions.ts"), "filterDefinitions")) as ReadonlyMap<string, FilterReference>;
  const failureTagOf = (await load(source("filter.ts"), "failureTagOf")) as (definition: FilterReference) => string;
  return [...definitions.values()].map((definition) => Object.assign({}, definition, { failureTag: failureTagOf(definition) }));
}

/** Loads the error tables of all libraries that have one, by name. */
export async function loadLibraryErrors(root: string): Promise<ReadonlyMap<string, ErrorTable>> {
  const tables = new Map<string, ErrorTable>();
  for (const name of readdirSync(join(root, "libs")).toSorted()) {
    const file = join(root, "libs", name, "src/errors.ts");
    if (existsSync(file)) tables.set(name, (await load(file, "errors")) as ErrorTable);
  }
  return tables;
}

async function load(file: string, name: string): Promise<unknown> {
  const module = (await import(/* @vite-ignore */ file)) as Record<string, unknown>;
  if (module[name] === undefined) throw new Error(`${file} does not export "${name}", which ${basename(import.meta.filename)} needs`);
  return module[name];
}
