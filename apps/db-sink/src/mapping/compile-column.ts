import type { OwnColumn, OwnType, OwnValue } from "@gatelog/database";
import { isTimeZone, type CallRow } from "@gatelog/log-record";
import { checkOptions, type ConfigProblem, nearestName } from "@gatelog/service-kit";
import type { MappedRecord } from "./api/index.ts";
import { parseExpression } from "./expressions.ts";
import { type Fit, fitValue } from "./fit-value.ts";
import { parseTimeFormat } from "./format-time.ts";
import { type ColumnConfig, columnSchema } from "./mapping-schema.ts";
import { mappedFields, RecordView, recordOf } from "./record-view.ts";

type Path = ConfigProblem["path"];

/** A call in the three shapes that columns read; each is made at most once. */
export class CallViews {
  readonly call: CallRow;
  #view: RecordView | undefined;
  #record: MappedRecord | undefined;

  constructor(call: CallRow) {
    this.call = call;
  }

  get view(): RecordView {
    return (this.#view ??= new RecordView(this.call));
  }

  get record(): MappedRecord {
    return (this.#record ??= recordOf(this.call));
  }
}

/** Something that a user wrote and that gives a value for a call; it may throw. */
export type Reader = (views: CallViews) => unknown;

/** What happened to a value, by column. */
export type OnFault = (fault: { readonly column: string; readonly message: string }) => void;

/** A column of the mapping, ready to be filled. */
export interface CompiledColumn {
  readonly column: OwnColumn;
  /** Never throws: what fails is the default, or null, and told. */
  readonly valueOf: (views: CallViews, onFault: OnFault) => OwnValue;
}

/** Reads what the mapping says of a column, or says what is wrong. */
export function compileColumn(name: string, given: unknown, { path, timeZone }: { readonly path: Path; readonly timeZone: string }) {
  const problems: ConfigProblem[] = [];
  const wrong = (message: string, ...below: readonly string[]) => void problems.push({ path: [...path, ...below], message });
  const config = configOf(given);
  if (config === undefined) wrong(`expected the name of a field, or keys such as from, value, expression`);
  else problems.push(...checkOptions({ schema: columnSchema, value: config, path, directory: "." }).problems);
  if (config === undefined || problems.length > 0) return { problems };

  const source = sourceOf(config, wrong);
  const fit = fitOf(config, source.type, timeZone, wrong);
  const fallback =
    config.default === undefined
      ? null
      : fitValue(config.default, { ...fit, ...(fit.format === undefined ? {} : { type: "text" as const }) });
  if (fallback !== null && fallback.fault !== undefined) wrong(`the default ${fallback.fault}`, "default");
  if (problems.length > 0) return { problems };

  const lengthMax = fit.lengthMax ?? source.lengthMax ?? (config.format === undefined ? undefined : config.format.length);
  const column: OwnColumn = {
    name,
    type: fit.type,
    ...(lengthMax === undefined ? {} : { lengthMax }),
    ...(fit.type === "timestamp" && config.format !== undefined && !hasOffset(config.format) ? { clockOf: fit.timeZone } : {}),
    origin: source.origin,
    nullable: fallback === null && source.nullable,
  };
  return { problems, compiled: { column, valueOf: valueWith({ name, read: source.read, fit, fallback: fallback?.value ?? null }) } };
}

/** Whether a format says the zone, outside of its letters in brackets. */
function hasOffset(format: string): boolean {
  return format.replaceAll(/\[[^\]]*\]/g, "").includes("Z");
}

/** A function or an expression that a user wrote. */
export function readerOf(given: unknown, wrong: (message: string) => void): Reader {
  if (typeof given === "function") {
    const run = given as (record: MappedRecord) => unknown;
    return (views) => settled(run(views.record));
  }
  const parsed = typeof given === "string" ? parseExpression(given) : "expected an expression, or a function in a mapping.ts";
  if (typeof parsed !== "string") return (views) => parsed(views.view);
  wrong(parsed);
  return () => null;
}

function configOf(given: unknown): ColumnConfig | undefined {
  if (typeof given === "string") return { from: given };
  if (typeof given === "function") return { run: given };
  return typeof given === "object" && given !== null && !Array.isArray(given) ? (given as ColumnConfig) : undefined;
}

interface Source {
  readonly read: Reader;
  readonly type: OwnType;
  readonly lengthMax?: number;
  readonly nullable: boolean;
  readonly origin: string;
}

function sourceOf(config: ColumnConfig, wrong: (message: string, ...below: readonly string[]) => void): Source {
  if ("from" in config) return fieldSource(config.from, wrong);
  if ("value" in config) {
    const { value } = config;
    const type = typeof value === "string" ? "text" : typeof value === "boolean" ? "boolean" : Number.isInteger(value) ? "integer" : "real";
    return { read: () => value, type, nullable: false, origin: `always ${String(value)}` };
  }
  const [key, given] = "expression" in config ? (["expression", config.expression] as const) : (["run", config.run] as const);
  if (key === "run" && typeof given !== "function") wrong("expected a function of the record", "run");
  const read = readerOf(given, (message) => wrong(message, key));
  return { read, type: "text", nullable: true, origin: key === "expression" ? given : "a function of the mapping" };
}

function fieldSource(field: string, wrong: (message: string, ...below: readonly string[]) => void): Source {
  const found = mappedFields.get(field);
  const near = nearestName(field, [...mappedFields.keys()]);
  if (found === undefined) wrong(`there is no field "${field}"${near === undefined ? "" : `, did you mean "${near}"?`}`);
  const { column, type, lengthMax } = found ?? { column: "id", type: "text" };
  const read: Reader =
    type === "json"
      ? ({ call }) => (call[column] == null ? null : (JSON.parse(call[column] as string) as unknown))
      : ({ call }) => call[column];
  const base = { read, type, nullable: field !== "id" && field !== "eventDay", origin: field };
  return lengthMax === undefined ? base : { ...base, lengthMax };
}

function fitOf(config: ColumnConfig, own: OwnType, timeZone: string, wrong: (message: string, ...below: readonly string[]) => void): Fit {
  const { maxLength: lengthMax, format, timeZone: zone = timeZone } = config;
  const type = config.type ?? (format === undefined ? own : "text");
  if (!isTimeZone(zone)) wrong(`expected a time zone such as Asia/Shanghai or UTC, found ${JSON.stringify(zone)}`, "timeZone");
  const parsed = format === undefined ? undefined : parseTimeFormat(format);
  if (typeof parsed === "string") wrong(parsed, "format");
  if (format !== undefined && !["text", "timestamp", "date"].includes(type)) wrong(`a format is for a time, not for ${type}`, "format");
  return {
    type,
    timeZone: zone,
    ...(lengthMax === undefined ? {} : { lengthMax }),
    ...(typeof parsed === "function" ? { format: parsed } : {}),
  };
}

interface Filling {
  readonly name: string;
  readonly read: Reader;
  readonly fit: Fit;
  readonly fallback: OwnValue;
}

function valueWith({ name, read, fit, fallback }: Filling): CompiledColumn["valueOf"] {
  return (views, onFault) => {
    try {
      const { value, fault } = fitValue(read(views), fit);
      if (fault !== undefined) onFault({ column: name, message: fault });
      return value ?? fallback;
    } catch (error) {
      const [message = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      onFault({ column: name, message: `could not be made: ${message}` });
      return fallback;
    }
  };
}

/** **Errors**: for a promise, which nobody would wait for. */
function settled(value: unknown): unknown {
  if (!(value instanceof Promise)) return value;
  value.catch(() => {});
  throw new Error("the function returned a promise: functions of a mapping are synchronous");
}
