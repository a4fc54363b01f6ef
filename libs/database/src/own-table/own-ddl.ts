import { quoteName, quoteTable } from "./own-sql.ts";
import type { OwnColumn, OwnDialect, OwnTable, OwnType } from "./own-table.ts";

/** Characters of VARCHAR2 that always fit its 4,000 bytes. */
const oracleCharactersMax = 1000;
const keyLengthDefault = 255;

/** CREATE TABLE for a mapping, with key and comments, to be reviewed; nothing of it is executed by us. */
export function ownTableDdl(dialect: OwnDialect, own: OwnTable): string {
  const table = quoteTable(own.table, dialect);
  const comma = (isLast: boolean) => (isLast ? "" : ",");
  const lines = own.columns.map((column, index) => {
    const isLast = index === own.columns.length - 1 && own.key.length === 0;
    const isKey = own.key.includes(column.name);
    const words = [quoteName(column.name, dialect), typeOf(dialect, column, isKey), ...(isKey || !column.nullable ? ["NOT NULL"] : [])];
    const inline = dialect === "mysql" ? ` COMMENT ${literal(column.origin, dialect)}` : "";
    const note = dialect === "sqlite" ? ` -- ${column.origin.replaceAll(/\s+/g, " ")}` : "";
    return `  ${words.join(" ")}${inline}${comma(isLast)}${note}`;
  });
  if (own.key.length > 0) lines.push(`  PRIMARY KEY (${own.key.map((name) => quoteName(name, dialect)).join(", ")})`);
  const end = dialect === "mysql" ? ") DEFAULT CHARSET = utf8mb4;" : ");";
  return [`CREATE TABLE ${table} (`, ...lines, end, ...comments(dialect, own)].join("\n");
}

function comments(dialect: OwnDialect, own: OwnTable): readonly string[] {
  if (dialect !== "postgresql" && dialect !== "oracle") return [];
  const table = quoteTable(own.table, dialect);
  return own.columns.map(({ name, origin }) => `COMMENT ON COLUMN ${table}.${quoteName(name, dialect)} IS ${literal(origin, dialect)};`);
}

function literal(text: string, dialect: OwnDialect): string {
  // Only MySQL takes a backslash for more than itself.
  const escaped = dialect === "mysql" ? text.replaceAll("\\", "\\\\") : text;
  return `'${escaped.replaceAll("'", "''")}'`;
}

const types: Record<OwnDialect, Readonly<Record<Exclude<OwnType, "text">, string>>> = {
  postgresql: {
    integer: "bigint",
    real: "double precision",
    boolean: "boolean",
    timestamp: "timestamptz",
    date: "date",
    json: "jsonb",
  },
  mysql: { integer: "BIGINT", real: "DOUBLE", boolean: "BOOLEAN", timestamp: "DATETIME(3)", date: "DATE", json: "JSON" },
  sqlite: { integer: "INTEGER", real: "REAL", boolean: "INTEGER", timestamp: "TEXT", date: "TEXT", json: "TEXT" },
  oracle: { integer: "NUMBER(19)", real: "BINARY_DOUBLE", boolean: "NUMBER(1)", timestamp: "TIMESTAMP(3)", date: "DATE", json: "CLOB" },
};

function typeOf(dialect: OwnDialect, { type, lengthMax, clockOf }: OwnColumn, isKey: boolean): string {
  if (clockOf !== undefined && dialect === "postgresql") return "timestamp";
  if (type !== "text") return types[dialect][type];
  const length = lengthMax ?? (isKey ? keyLengthDefault : undefined);
  if (dialect === "sqlite") return "TEXT";
  if (dialect === "oracle") return length === undefined || length > oracleCharactersMax ? "CLOB" : `VARCHAR2(${length} CHAR)`;
  if (length === undefined) return dialect === "mysql" ? "LONGTEXT" : "text";
  // Rows of MySQL have 64 KiB, of which a VARCHAR counts with four bytes a character.
  return dialect === "mysql" && length > 4000 ? "LONGTEXT" : `varchar(${length})`;
}
