import { DeliveryError } from "@gatelog/pipeline";
import type { OracleValue } from "../oracle/oracle-driver.ts";
import { type OracleWriter, slices } from "../oracle/oracle-writer.ts";
import { oracleDay, oracleTime } from "../oracle/oracle-sql.ts";
import { quoteName, quoteTable, updatedColumns, valueFor } from "./own-sql.ts";
import { type OwnCalls, type OwnColumn, type OwnRow, ownRows, type OwnTable } from "./own-table.ts";

/**
 * Writes a batch into the team's table; to be called inside its transaction. Returns how many rows were handed over.
 *
 * An update goes first and says which rows are not there; those are inserted. MERGE would not take text of more than 4,000 bytes.
 */
export async function storeOwnOracle(writer: OracleWriter, own: OwnTable | undefined, calls: OwnCalls): Promise<number> {
  const rows = own === undefined ? [] : ownRows(own, calls);
  if (own === undefined) return 0;
  const names = own.columns.map(({ type }, place) => ({ name: nameOf(place), isNumber: isNumber(type) }));
  for (const some of slices(rows)) {
    let binds = some.map((row) => bindsOf(own, row));
    const types = writer.bindTypesFor(names, binds);
    if (updatedColumns(own).length > 0) {
      const counts = await writer.update(updateSql(own), binds, types);
      binds = binds.filter((_, place) => (counts[place] ?? 0) === 0);
    }
    const there = await writer.insertBinds(insertSql(own), binds, types);
    // By no key of ours: another row has what must be there once.
    if (own.key.length === 0 && there.size > 0) throw notUnique(own);
  }
  return rows.length;
}

function notUnique({ table }: OwnTable): DeliveryError {
  return new DeliveryError("GATELOG_DATABASE_REFUSED", `the table ${table} has a unique key that another row has already`, {
    permanent: true,
  });
}

/** Binds have names of their own: those of columns may be reserved words. */
function nameOf(place: number): string {
  return `c${place}`;
}

function isNumber(type: OwnColumn["type"]): boolean {
  return type === "integer" || type === "real" || type === "boolean";
}

function bindsOf({ columns }: OwnTable, row: OwnRow): Readonly<Record<string, OracleValue>> {
  return Object.fromEntries(
    columns.map((column, place) => {
      const value = valueFor("oracle", column, row[place] ?? null);
      return [nameOf(place), typeof value === "boolean" ? Number(value) : value];
    }),
  );
}

/** A time with a format of its own is text that the column or the session's NLS reads. */
function bindOf({ type, lengthMax }: OwnColumn, place: number): string {
  const bind = `:${nameOf(place)}`;
  if (type === "date") return `TO_DATE(${bind}, '${oracleDay}')`;
  if (type !== "timestamp") return bind;
  return lengthMax === undefined ? `TO_TIMESTAMP(${bind}, '${oracleTime}')` : `TO_TIMESTAMP(${bind}, 'YYYY-MM-DD HH24:MI:SS.FF')`;
}

function insertSql(own: OwnTable): string {
  const names = own.columns.map(({ name }) => quoteName(name, "oracle")).join(", ");
  return `INSERT INTO ${quoteTable(own.table, "oracle")} (${names}) VALUES (${own.columns.map(bindOf).join(", ")})`;
}

function updateSql(own: OwnTable): string {
  const each = (columns: readonly OwnColumn[], joint: string) =>
    columns.map((column) => `${quoteName(column.name, "oracle")} = ${bindOf(column, own.columns.indexOf(column))}`).join(joint);
  const key = own.columns.filter(({ name }) => own.key.includes(name));
  return `UPDATE ${quoteTable(own.table, "oracle")} SET ${each(updatedColumns(own), ", ")} WHERE ${each(key, " AND ")}`;
}
