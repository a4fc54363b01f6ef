import type { OwnColumn, OwnDialect, OwnTable, OwnValue } from "./own-table.ts";

/** Longest identifier, in bytes; MySQL counts characters. */
export const identifierMax: Record<OwnDialect, number> = { sqlite: 255, postgresql: 63, mysql: 64, oracle: 128 };

const unquotedInOracle = /^[a-z][a-z0-9_$#]*$/;

/**
 * An identifier in quotes, so that no reserved word and no letter matters. Oracle keeps names that were made without quotes in capitals: what is
 * all small letters means those.
 */
export function quoteName(name: string, dialect: OwnDialect): string {
  if (dialect === "mysql") return `\`${name.replaceAll("`", "``")}\``;
  return `"${catalogName(name, dialect).replaceAll('"', '""')}"`;
}

/** The name as the database's catalog has it. */
export function catalogName(name: string, dialect: OwnDialect): string {
  return dialect === "oracle" && unquotedInOracle.test(name) ? name.toUpperCase() : name;
}

/** By which names of columns are compared: MySQL and SQLite do not tell letters of either case apart. */
export function comparedName(name: string, dialect: OwnDialect): string {
  return dialect === "mysql" || dialect === "sqlite" ? name.toLowerCase() : catalogName(name, dialect);
}

/** `schema.table`, each part in quotes. */
export function quoteTable(table: string, dialect: OwnDialect): string {
  return table
    .split(".")
    .map((part) => quoteName(part, dialect))
    .join(".");
}

/** The columns in quotes, with commas. */
export function columnList({ columns }: OwnTable, dialect: OwnDialect): string {
  return columns.map(({ name }) => quoteName(name, dialect)).join(", ");
}

/** The columns that an update sets: all that are not in the key. */
export function updatedColumns({ columns, key, onConflict }: OwnTable): readonly OwnColumn[] {
  return onConflict === "update" ? columns.filter(({ name }) => !key.includes(name)) : [];
}

/** The end of an INSERT of PostgreSQL and SQLite. */
export function onConflictOf(own: OwnTable, dialect: "postgresql" | "sqlite"): string {
  if (own.key.length === 0) return "";
  const target = `ON CONFLICT (${own.key.map((name) => quoteName(name, dialect)).join(", ")})`;
  const updated = updatedColumns(own).map(({ name }) => quoteName(name, dialect));
  return updated.length === 0
    ? `${target} DO NOTHING`
    : `${target} DO UPDATE SET ${updated.map((name) => `${name} = excluded.${name}`).join(", ")}`;
}

/** An instant as ISO text in UTC; what the mapping formatted itself has another shape. */
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** A value as the dialect takes it. */
export function valueFor(dialect: OwnDialect, { type }: OwnColumn, value: OwnValue): string | number | boolean | null {
  if (typeof value === "boolean") return dialect === "postgresql" ? value : Number(value);
  if (type !== "timestamp" || typeof value !== "string" || !isoTime.test(value)) return value;
  if (dialect === "mysql") return value.slice(0, -1).replace("T", " ");
  return dialect === "sqlite" ? value.replace("Z", "+00:00") : value;
}

/** `table WHERE key = ?` for the row of a call, with the values of its key; undefined where the call is not meant, or there is no key. */
export function ownKeyCondition(own: OwnTable, dialect: OwnDialect, row: readonly OwnValue[] | undefined) {
  if (row === undefined || own.key.length === 0) return undefined;
  const places = own.key.map((name) => own.columns.findIndex((column) => column.name === name));
  const where = own.key.map((name) => `${quoteName(name, dialect)} = ?`).join(" AND ");
  const values = places.map((place) => {
    const column = own.columns[place];
    const value = column === undefined ? null : valueFor(dialect, column, row[place] ?? null);
    return typeof value === "boolean" ? String(value) : value;
  });
  return { sql: `${quoteTable(own.table, dialect)} WHERE ${where}`, values };
}
