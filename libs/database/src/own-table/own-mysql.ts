import { columnList, quoteName, quoteTable, updatedColumns, valueFor } from "./own-sql.ts";
import { type OwnCalls, ownRows, type OwnTable } from "./own-table.ts";

/** What is needed of a connection to MySQL or MariaDB. */
export interface OwnMysqlConnection {
  query(sql: string, values: unknown[]): Promise<unknown>;
}

/** Values of one statement; the protocol's prepared ones take 65,535, and a text one has no bound but the packet. */
const valuesMax = 30_000;

/** Writes a batch into the team's table; to be called inside its transaction. Returns how many rows were handed over. */
export async function storeOwnMysql(connection: OwnMysqlConnection, own: OwnTable | undefined, calls: OwnCalls): Promise<number> {
  const rows = own === undefined ? [] : ownRows(own, calls);
  if (own === undefined) return 0;
  const rowsMax = Math.max(1, Math.floor(valuesMax / own.columns.length));
  for (let at = 0; at < rows.length; at += rowsMax) {
    const some = rows.slice(at, at + rowsMax);
    const values = some.flatMap((row) => own.columns.map((column, place) => valueFor("mysql", column, row[place] ?? null)));
    await connection.query(insertSql(own, some.length), values);
  }
  return rows.length;
}

/** Not `INSERT IGNORE`, which also cuts and bends values without a word: a row that is there is updated, and be it to what it is. */
function insertSql(own: OwnTable, rowCount: number): string {
  const marks = `(${own.columns.map(() => "?").join(", ")})`;
  const insert = `INSERT INTO ${quoteTable(own.table, "mysql")} (${columnList(own, "mysql")}) VALUES ${Array(rowCount).fill(marks).join(", ")}`;
  const [first] = own.key;
  if (first === undefined) return insert;
  const updated = updatedColumns(own).map(({ name }) => quoteName(name, "mysql"));
  const same = quoteName(first, "mysql");
  const sets = updated.length === 0 ? `${same} = ${same}` : updated.map((name) => `${name} = VALUES(${name})`).join(", ");
  return `${insert} ON DUPLICATE KEY UPDATE ${sets}`;
}
