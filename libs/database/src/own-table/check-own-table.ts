import { type ActualColumn, type ActualTable, type AskCatalog, type ColumnFamily, describeTable } from "./describe-table.ts";
import { comparedName } from "./own-sql.ts";
import type { OwnColumn, OwnDialect, OwnTable, OwnType } from "./own-table.ts";

/** What stands between a mapping and its table, in sentences. */
export interface OwnTableReport {
  /** Nothing can be written. */
  readonly problems: readonly string[];
  /** Some rows may be refused. */
  readonly warnings: readonly string[];
}

const nothing: OwnTableReport = { problems: [], warnings: [] };

/** Compares a mapping with the table that the database has. */
export async function checkOwnTable(dialect: OwnDialect, own: OwnTable | undefined, ask: AskCatalog): Promise<OwnTableReport> {
  if (own === undefined) return nothing;
  const actual = await describeTable(dialect, own.table, ask);
  if (actual === undefined) {
    const problem = `there is no table ${own.table} that this account may see; \`db-sink table ddl\` prints one to be reviewed and created`;
    return { problems: [problem], warnings: [] };
  }
  const context = { dialect, own, actual };
  const found = own.columns.map((column) => checkColumn(context, column));
  return {
    problems: [...found.flatMap(({ problems }) => problems), ...unfilledColumns(context), ...missingKey(context)],
    warnings: [...found.flatMap(({ warnings }) => warnings), ...otherKeys(context)],
  };
}

interface Context {
  readonly dialect: OwnDialect;
  readonly own: OwnTable;
  readonly actual: ActualTable;
}

function checkColumn({ dialect, own, actual }: Context, column: OwnColumn): OwnTableReport {
  const name = `${own.table}.${column.name}`;
  const found = actual.columns.find((candidate) => isColumn(candidate, column.name, dialect));
  if (found === undefined) return { ...nothing, problems: [missingColumn(name, column, actual)] };
  if (!canHold(dialect, column.type, found)) {
    return {
      ...nothing,
      problems: [`${name} is ${found.type} and cannot hold ${column.type} (${column.origin}); say another type or column`],
    };
  }
  const warnings: string[] = [];
  if (column.type === "text" && found.lengthMax !== undefined && (column.lengthMax ?? Infinity) > found.lengthMax)
    warnings.push(
      `${name} holds ${found.lengthMax} characters: say maxLength: ${found.lengthMax}, or records with longer values become dead letters`,
    );
  if (found.narrowCharset !== undefined && column.type !== "timestamp" && column.type !== "date")
    warnings.push(
      `${name} has the character set ${found.narrowCharset}: convert it to utf8mb4, or records with characters that it does not have become dead letters`,
    );
  if (column.nullable && !found.nullable && !(found.hasDefault && own.key.includes(column.name)))
    warnings.push(`${name} is NOT NULL: say a default, or records without a value (${column.origin}) become dead letters`);
  return { problems: [], warnings: [...warnings, ...wrongClock({ dialect, name }, column, found)] };
}

/** What an instant is kept in takes the text of a clock for that of the session: PostgreSQL has the zone of the server, and we set MySQL's to UTC. */
function wrongClock(
  { dialect, name }: { readonly dialect: OwnDialect; readonly name: string },
  { clockOf }: OwnColumn,
  { type }: ActualColumn,
): readonly string[] {
  if (clockOf === undefined) return [];
  const advice: Partial<Record<OwnDialect, readonly [zone: string, instead: string]>> = {};
  if (type.endsWith("with time zone")) advice.postgresql = ["the server's zone", "timestamp without time zone"];
  if (type.startsWith("timestamp") && clockOf !== "UTC") advice.mysql = ["UTC", "DATETIME"];
  const [zone, instead] = advice[dialect] ?? [];
  if (zone === undefined) return [];
  return [`${name} is ${type}, which takes the clock of ${clockOf} for that of ${zone}: leave \`format\` out, or make it ${instead}`];
}

function missingColumn(name: string, { name: wanted }: OwnColumn, { columns }: ActualTable): string {
  const near = columns.find((column) => column.name.toLowerCase() === wanted.toLowerCase());
  const hint =
    near === undefined
      ? `; the table has ${columns.map((column) => column.name).join(", ")}`
      : `, but ${near.name}: names are written as the database keeps them`;
  return `there is no column ${name}${hint}`;
}

/** Which columns take a type's values. */
const holders: Record<OwnType, readonly ColumnFamily[]> = {
  text: ["text", "uuid"],
  integer: ["integer", "real", "text"],
  real: ["real", "text"],
  boolean: ["boolean", "text"],
  timestamp: ["timestamp", "text", "date"],
  date: ["date", "timestamp", "text"],
  json: ["json", "text"],
};

function canHold(dialect: OwnDialect, type: OwnType, { family }: ActualColumn): boolean {
  // A column of SQLite takes everything.
  if (dialect === "sqlite" || family === "other" || holders[type].includes(family)) return true;
  // Where a boolean is a number.
  return type === "boolean" && dialect !== "postgresql" && (family === "integer" || family === "real");
}

function unfilledColumns({ dialect, own, actual }: Context): readonly string[] {
  return actual.columns
    .filter(({ nullable, hasDefault }) => !nullable && !hasDefault)
    .filter((actualColumn) => !own.columns.some(({ name }) => isColumn(actualColumn, name, dialect)))
    .map(({ name }) => `${own.table}.${name} is NOT NULL without a default, and the mapping gives it no value`);
}

function missingKey({ dialect, own, actual }: Context): readonly string[] {
  const wanted = own.key.map((name) => comparedName(name, dialect));
  if (wanted.length === 0) return [];
  const fits = (key: readonly string[]) => key.length === wanted.length && key.every((name) => wanted.includes(foundName(name, dialect)));
  if (actual.uniqueKeys.some(fits)) return [];
  return [`the table ${own.table} has no unique key on (${own.key.join(", ")}), by which a row that comes again would be known`];
}

/** How databases that cannot be told by which key a row is known are called: a row that has any other key of one that is there is taken for that. */
const keyBlind: Partial<Record<OwnDialect, string>> = { mysql: "MySQL", oracle: "Oracle" };

function otherKeys({ dialect, own, actual }: Context): readonly string[] {
  const name = keyBlind[dialect];
  if (name === undefined || own.key.length === 0) return [];
  const filled = new Set(own.columns.map((column) => comparedName(column.name, dialect)));
  const ours = new Set(own.key.map((column) => comparedName(column, dialect)));
  const fate = own.onConflict === "update" && dialect === "mysql" ? "is written over that one" : "is left out";
  return actual.uniqueKeys
    .map((key) => key.map((column) => foundName(column, dialect)))
    .filter((key) => key.some((column) => filled.has(column)) && !key.every((column) => ours.has(column)))
    .map(
      (key) =>
        `${own.table} has another unique key on (${key.join(", ")}): ${name} takes a row that has it of another one for that, so that it ${fate}`,
    );
}

function isColumn({ name }: ActualColumn, wanted: string, dialect: OwnDialect): boolean {
  return foundName(name, dialect) === comparedName(wanted, dialect);
}

/** A name of the catalog, which is as the database keeps it already. */
function foundName(name: string, dialect: OwnDialect): string {
  return dialect === "oracle" ? name : comparedName(name, dialect);
}
