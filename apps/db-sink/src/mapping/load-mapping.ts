import { identifierMax, type OwnDialect, type OwnRow, type OwnTable } from "@gatelog/database";
import { isTimeZone, type CallRow } from "@gatelog/log-record";
import { type CodeValue, type ConfigProblem, checkCodeTypes, loadYamlFile, runCode, type TypeCheck } from "@gatelog/service-kit";
import { join } from "node:path";
import * as api from "./api/index.ts";
import { type CompiledColumn, CallViews, compileColumn, type OnFault, readerOf } from "./compile-column.ts";
import { type MappingConfig, mappingSchema } from "./mapping-schema.ts";

/** What a mapping is read for. */
export interface LoadMappingOptions {
  readonly dialect: OwnDialect;
  /** Whether our own tables are written as well. */
  readonly besides: boolean;
  /** Told of every value that was cut, mended or could not be made. */
  readonly onFault?: OnFault;
}

const module = "@gatelog/db-sink";

/**
 * Reads mapping.yaml, or runs a mapping.ts, and makes of it how a call becomes a row. What an expression or a function throws never stops a call:
 * the column has its default, or NULL.
 *
 * **Errors**: ConfigError, a line each with file, line and key.
 */
export function loadMapping(file: string, options: LoadMappingOptions): OwnTable {
  let own: OwnTable | undefined;
  loadYamlFile({
    schema: mappingSchema,
    file,
    readCode: readMapping,
    check: (config) => {
      const { problems, compiled } = compileMapping(config, options);
      own = compiled;
      return problems;
    },
  });
  if (own === undefined) throw new Error("a mapping without problems was compiled");
  return own;
}

/** Runs a mapping.ts; `@gatelog/db-sink` is this app. */
function readMapping(file: string): CodeValue {
  return runCode(file, { [module]: api });
}

/** What the compiler says of a mapping.ts. */
export function checkMappingTypes(file: string): TypeCheck {
  return checkCodeTypes(file, { module, files: ["db-sink.d.ts", "api/index.ts"].map((name) => join(import.meta.dirname, name)) });
}

function compileMapping(config: MappingConfig, { dialect, besides, onFault = () => {} }: LoadMappingOptions) {
  const { table, key, onConflict, timeZone } = config;
  const problems: ConfigProblem[] = [];
  const wrong = (path: ConfigProblem["path"], message: string) => void problems.push({ path, message });
  if (!isTimeZone(timeZone)) wrong(["timeZone"], `expected a time zone such as Asia/Shanghai or UTC, found ${JSON.stringify(timeZone)}`);
  const names = Object.keys(config.columns);
  if (names.length === 0) wrong(["columns"], "a mapping fills at least one column");
  for (const name of [...table.split("."), ...names])
    checkName(name, dialect, (message) => wrong(names.includes(name) ? ["columns", name] : ["table"], message));
  key.forEach((name, index) => {
    if (!names.includes(name)) wrong(["key", index], `the key column "${name}" is not one of columns`);
  });
  if (key.length === 0 && !besides)
    wrong(["key"], "a key is needed where our own tables are not written: it is what keeps a repeat from being a second row");
  if (key.length === 0 && onConflict === "update") wrong(["onConflict"], "update needs a key");
  const when = config.when === undefined ? undefined : readerOf(config.when, (message) => wrong(["when"], message));
  const columns = names.flatMap((name) => {
    const { problems: found, compiled } = compileColumn(name, config.columns[name], {
      path: ["columns", name],
      timeZone: isTimeZone(timeZone) ? timeZone : "UTC",
    });
    problems.push(...found);
    return compiled ?? [];
  });
  const rowOf = rowOfWith({ columns, when, onFault });
  return {
    problems,
    compiled: { table, key, onConflict, columns: columns.map(({ column }) => column), besides, rowOf } satisfies OwnTable,
  };
}

function checkName(name: string, dialect: OwnDialect, wrong: (message: string) => void): void {
  const max = identifierMax[dialect];
  if (Buffer.byteLength(name) > max) wrong(`"${name}" is longer than the ${max} bytes that ${dialect} takes for a name`);
}

interface RowMaking {
  readonly columns: readonly CompiledColumn[];
  readonly when: ReturnType<typeof readerOf> | undefined;
  readonly onFault: OnFault;
}

/** Columns of the record's `parseError` come last: they also tell what was done to the other columns. */
function rowOfWith({ columns, when, onFault }: RowMaking): (call: CallRow) => OwnRow | undefined {
  const flags = columns.map(({ column }) => column.origin === "parseError");
  return (call) => {
    const views = new CallViews(call);
    if (when !== undefined && !isMeant(when, views, onFault)) return undefined;
    const faults: string[] = [];
    const note: OnFault = (fault) => {
      faults.push(`${fault.column} ${fault.message}`);
      onFault(fault);
    };
    const row = columns.map(({ valueOf }, place) => (flags[place] === true ? null : valueOf(views, note)));
    if (!flags.includes(true)) return row;
    const told = [call["parse_error"] ?? [], faults].flat().join("; ");
    const flagged = new CallViews({ ...call, parse_error: told === "" ? null : told });
    return row.map((value, place) => (flags[place] === true ? (columns[place]?.valueOf(flagged, onFault) ?? null) : value));
  };
}

/** A call of which it cannot be told is written: rather one too many. */
function isMeant(when: ReturnType<typeof readerOf>, views: CallViews, onFault: OnFault): boolean {
  try {
    return when(views) !== false;
  } catch (error) {
    const [message = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    onFault({ column: "when", message: `could not be told: ${message}` });
    return true;
  }
}
