import { catalogName, quoteName } from "./own-sql.ts";
import type { OwnDialect } from "./own-table.ts";

/** What kind of values a column of a real table takes; `other`: we do not know. */
export type ColumnFamily = "text" | "integer" | "real" | "boolean" | "timestamp" | "date" | "json" | "uuid" | "other";

export interface ActualColumn {
  readonly name: string;
  /** As the database writes it. */
  readonly type: string;
  readonly family: ColumnFamily;
  readonly lengthMax?: number;
  /** Of text, where it does not hold every character. */
  readonly narrowCharset?: string;
  readonly nullable: boolean;
  /** Whether a row without a value for it is taken: a default, an identity, a sequence. */
  readonly hasDefault: boolean;
}

/** A table as the database has it. */
export interface ActualTable {
  readonly columns: readonly ActualColumn[];
  /** Columns of each unique key that holds for every row. */
  readonly uniqueKeys: readonly (readonly string[])[];
}

/** Asks the database; rows by column, whose names are in small letters. */
export type AskCatalog = (sql: string, values: readonly string[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Reads a table from the database's catalog; undefined where there is none of that name that we may see. */
export async function describeTable(dialect: OwnDialect, table: string, ask: AskCatalog): Promise<ActualTable | undefined> {
  const actual = await readers[dialect](table, ask);
  return actual.columns.length === 0 ? undefined : actual;
}

type Row = Readonly<Record<string, unknown>>;

const readers: Record<OwnDialect, (table: string, ask: AskCatalog) => Promise<ActualTable>> = {
  postgresql: describePostgresql,
  sqlite: describeSqlite,
  mysql: describeMysql,
  oracle: describeOracle,
};

async function describePostgresql(table: string, ask: AskCatalog): Promise<ActualTable> {
  const name = table
    .split(".")
    .map((part) => quoteName(part, "postgresql"))
    .join(".");
  const columns = await ask(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
       a.atthasdef OR a.attidentity <> '' AS has_default
     FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [name],
  );
  const keys = await ask(
    `SELECT i.indexrelid::text AS key, a.attname AS name
     FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL`,
    [name],
  );
  return { columns: columns.map(columnOf), uniqueKeys: grouped(keys) };
}

async function describeSqlite(table: string, ask: AskCatalog): Promise<ActualTable> {
  const [name, schema] = table.split(".").toReversed() as [string, string?];
  const of = (pragma: string, argument: string) => {
    const prefix = schema === undefined ? "" : `${quoteName(schema, "sqlite")}.`;
    return `PRAGMA ${prefix}${pragma}(${quoteName(argument, "sqlite")})`;
  };
  const columns = await ask(of("table_xinfo", name), []);
  const keyed = columns.filter((row) => Number(row["pk"]) > 0);
  const isRowId = keyed.length === 1 && String(keyed[0]?.["type"]).toUpperCase() === "INTEGER";
  const indexes = (await ask(of("index_list", name), [])).filter((row) => Number(row["unique"]) === 1 && Number(row["partial"]) === 0);
  const keys: string[][] = [];
  for (const index of indexes) {
    const parts = await ask(of("index_info", String(index["name"])), []);
    keys.push(parts.map((row) => String(row["name"])));
  }
  if (keyed.length > 0) keys.push(keyed.map((row) => String(row["name"])));
  return {
    columns: columns.map((row) =>
      columnOf({
        ...row,
        nullable: Number(row["notnull"]) === 0,
        has_default: row["dflt_value"] !== null || (isRowId && Number(row["pk"]) > 0),
      }),
    ),
    uniqueKeys: keys,
  };
}

async function describeMysql(table: string, ask: AskCatalog): Promise<ActualTable> {
  const [name, schema] = table.split(".").toReversed() as [string, string?];
  const place = `table_schema = ${schema === undefined ? "database()" : "?"} AND table_name = ?`;
  const values = schema === undefined ? [name] : [schema, name];
  const columns = await ask(
    `SELECT column_name AS name, column_type AS type, character_set_name AS charset, is_nullable = 'YES' AS nullable,
       column_default IS NOT NULL OR extra LIKE '%auto_increment%' OR extra LIKE '%GENERATED%' AS has_default
     FROM information_schema.columns WHERE ${place} ORDER BY ordinal_position`,
    values,
  );
  const keys = await ask(
    `SELECT index_name AS \`key\`, column_name AS name FROM information_schema.statistics
     WHERE ${place} AND non_unique = 0 ORDER BY index_name, seq_in_index`,
    values,
  );
  return { columns: columns.map(columnOf), uniqueKeys: grouped(keys) };
}

async function describeOracle(table: string, ask: AskCatalog): Promise<ActualTable> {
  const [name, schema] = table.split(".").toReversed() as [string, string?];
  const owner = schema === undefined ? "SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')" : ":2";
  const values = [name, ...(schema === undefined ? [] : [schema])].map((part) => catalogName(part, "oracle"));
  const columns = await ask(
    `SELECT column_name AS name, CASE WHEN char_length > 0 THEN data_type || '(' || char_length || ')' ELSE data_type END AS type,
       CASE nullable WHEN 'Y' THEN 1 ELSE 0 END AS nullable, CASE WHEN default_length IS NULL THEN 0 ELSE 1 END AS has_default
     FROM all_tab_columns WHERE table_name = :1 AND owner = ${owner} ORDER BY column_id`,
    values,
  );
  const keys = await ask(
    `SELECT c.index_name AS key, c.column_name AS name FROM all_ind_columns c JOIN all_indexes i ON i.index_name = c.index_name AND i.owner = c.index_owner
     WHERE c.table_name = :1 AND c.table_owner = ${owner} AND i.uniqueness = 'UNIQUE' ORDER BY c.index_name, c.column_position`,
    values,
  );
  return { columns: columns.map(columnOf), uniqueKeys: grouped(keys) };
}

function columnOf(row: Row): ActualColumn {
  const type = String(row["type"]).toLowerCase();
  const family = familyOf(type);
  const charset = typeof row["charset"] === "string" && row["charset"] !== "utf8mb4" ? row["charset"] : undefined;
  const length = family === "text" ? /\((\d+)\)/.exec(type)?.[1] : undefined;
  return {
    name: String(row["name"]),
    type,
    family,
    ...(length === undefined ? {} : { lengthMax: Number(length) }),
    ...(charset === undefined || family !== "text" ? {} : { narrowCharset: charset }),
    nullable: isTrue(row["nullable"]),
    hasDefault: isTrue(row["has_default"]),
  };
}

/** In order: the first that fits. */
const families: readonly (readonly [RegExp, ColumnFamily])[] = [
  [/\[\]$/, "other"],
  [/^(?:tinyint\(1\)|bool|boolean)/, "boolean"],
  [/json/, "json"],
  [/uuid/, "uuid"],
  [/^(?:interval|time\b(?!stamp))/, "other"],
  [/^(?:timestamp|datetime)/, "timestamp"],
  [/^date/, "date"],
  [/^(?:big|small|medium|tiny)?int|^integer|^(?:big|small)?serial|^year/, "integer"],
  [/^(?:numeric|decimal|number|real|double|float|binary_float|binary_double)/, "real"],
  [/char|text|clob/, "text"],
];

function familyOf(type: string): ColumnFamily {
  return families.find(([pattern]) => pattern.test(type))?.[1] ?? "other";
}

function isTrue(value: unknown): boolean {
  return value === true || Number(value) === 1;
}

function grouped(rows: readonly Row[]): readonly (readonly string[])[] {
  const keys = new Map<string, string[]>();
  for (const row of rows) keys.set(String(row["key"]), [...(keys.get(String(row["key"])) ?? []), String(row["name"])]);
  return [...keys.values()];
}
