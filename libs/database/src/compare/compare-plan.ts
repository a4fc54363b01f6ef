import { callColumns, type SqlColumn } from "../columns.ts";
import { DatabaseError } from "../errors.ts";
import { type ActualColumn, describeTable } from "../own-table/describe-table.ts";
import { quoteName, quoteTable } from "../own-table/own-sql.ts";
import type { SqlSession } from "../sql-session.ts";
import type { CompareOptions } from "./comparison.ts";
import { selectOf, type TimeShape, timeShapeOf } from "./time-shape.ts";

const dayMs = 86_400_000;
const rowsMaxDefault = 5000;
/** What tells two calls apart that have no id. */
const contentColumns = ["url", "request_content"];

/** A column of ours beside theirs. */
export interface ComparedColumn {
  readonly ours: SqlColumn;
  /** How it is asked for. */
  readonly theirs: string;
}

/** Everything that is needed for the questions. */
export interface ComparePlan {
  readonly day: string;
  /** The day's bounds. **Units**: ms since the epoch, the end excluded */
  readonly from: number;
  readonly to: number;
  /** `interface_log`, or the view that has the bodies, too. */
  readonly ourTable: string;
  readonly theirTable: string;
  /** In quotes; undefined where rows are told apart by what is in them. */
  readonly idColumn: string | undefined;
  readonly time: TimeShape;
  readonly columns: readonly ComparedColumn[];
  readonly timeZone: string;
  readonly samplesMax: number;
  readonly rowsMax: number;
}

/** Looks at their table. **Errors**: GATELOG_DATABASE_COMPARE, which names what is not there. */
export async function planComparison(session: SqlSession, options: CompareOptions): Promise<ComparePlan> {
  const { dialect } = session;
  const { table, day, timeZone, samplesMax, rowsMax = rowsMaxDefault } = options;
  const actual = await describeTable(dialect, table, (sql, values) => session.rows(sql.replaceAll(/\$\d+/g, "?"), values));
  if (actual === undefined) throw wrong(`there is no table ${table} that this account may see`);
  const named = (name: string) => {
    const column = actual.columns.find((each) => each.name === name);
    if (column !== undefined) return column;
    throw wrong(`${table} has no column ${name}; it has ${actual.columns.map((each) => each.name).join(", ")}`);
  };
  const columns = columnsOf(options, actual.columns).map(({ ours, theirs }) => ({ ours, theirs: selectOf(named(theirs), dialect) }));
  const from = Date.parse(`${day}T00:00:00Z`);
  const theirTable = quoteTable(table, dialect);
  return {
    day,
    from,
    to: from + dayMs,
    ourTable: columns.some(({ ours }) => bodyColumns.has(ours.column)) ? "interface_call" : "interface_log",
    theirTable,
    idColumn: options.idColumn === undefined ? undefined : quoteName(idColumnOf(table, named(options.idColumn)).name, dialect),
    time: await timeShapeOf(session, { table: theirTable, column: named(options.timeColumn), timeZone }),
    columns,
    timeZone,
    samplesMax,
    rowsMax,
  };
}

/** Their rows of the day. */
export function dayThere({ time, from, to }: Pick<ComparePlan, "time" | "from" | "to">) {
  return { sql: `${time.column} >= ? AND ${time.column} < ?`, values: [time.bound(from), time.bound(to)] };
}

/** Values of ours, by place. */
export function ourSelect({ columns }: ComparePlan): string[] {
  return columns.map(({ ours }, index) => `${ours.column} AS value_${index}`);
}

/** Values of theirs, by place. */
export function theirSelect({ columns }: ComparePlan): string[] {
  return columns.map(({ theirs }, index) => `${theirs} AS value_${index}`);
}

/** Most log tables number their rows, in a column that is called `id` as ours is. */
function idColumnOf(table: string, column: ActualColumn): ActualColumn {
  if (column.family !== "integer" && column.family !== "real") return column;
  const advice = "say which column holds it (--id-column), or that there is none (--no-id)";
  throw wrong(`${table}.${column.name} is ${column.type}, so it is not the id of a call: ${advice}`);
}

const bodyColumns = new Map(callColumns("interface_body").map((column) => [column.column, column]));
const ourColumns = new Map([...bodyColumns, ...callColumns("interface_log").map((column) => [column.column, column] as const)]);

function columnsOf({ columns, idColumn, timeColumn, table }: CompareOptions, actual: readonly ActualColumn[]) {
  const pairs = columns === undefined ? defaultPairs(idColumn, actual) : [...columns];
  if (idColumn === undefined && pairs.length === 0)
    throw wrong(`${table} has neither ids nor columns url and request_content: say which columns of it tell its rows apart`);
  return pairs.flatMap(([name, theirs]) => {
    const ours = ourColumns.get(name);
    if (ours === undefined) throw wrong(`interface_log has no column ${name}; it has ${[...ourColumns.keys()].join(", ")}`);
    return theirs === idColumn || (columns === undefined && theirs === timeColumn && idColumn === undefined) ? [] : [{ ours, theirs }];
  });
}

/** What has the same name on both sides; their `event_day` need not be made as ours is. */
function defaultPairs(idColumn: string | undefined, actual: readonly ActualColumn[]): readonly (readonly [string, string])[] {
  const there = new Set(actual.map(({ name }) => name));
  const candidates =
    idColumn === undefined ? contentColumns : [...ourColumns.keys()].filter((name) => name !== "event_day" && name !== "id");
  return candidates.filter((name) => there.has(name)).map((name) => [name, name] as const);
}

function wrong(message: string): DatabaseError {
  return new DatabaseError("GATELOG_DATABASE_COMPARE", message);
}
