import { DeliveryError } from "@gatelog/pipeline";
import { columnList, quoteName, quoteTable, updatedColumns, valueFor } from "./own-sql.ts";
import { type OwnCalls, ownRows, type OwnTable } from "./own-table.ts";

/** What is needed of a connection to MySQL or MariaDB. */
export interface OwnMysqlConnection {
  /** Bytes of the largest statement that the server takes. */
  readonly packetBytesMax: number;
  query(sql: string, values: unknown[]): Promise<unknown>;
}

/** Values of one statement; the protocol's prepared ones take 65,535, and a text one has no bound but the packet. */
const valuesMax = 30_000;
/** What a value has besides its text: quotes and a comma, or the digits of a number. */
const valueBytes = 32;

/** Writes a batch into the team's table; to be called inside its transaction. Returns how many rows were handed over. */
export async function storeOwnMysql(connection: OwnMysqlConnection, own: OwnTable | undefined, calls: OwnCalls): Promise<number> {
  const rows = own === undefined ? [] : ownRows(own, calls);
  if (own === undefined) return 0;
  const rowsMax = Math.max(1, Math.floor(valuesMax / own.columns.length));
  const { packetBytesMax } = connection;
  for (let at = 0; at < rows.length;) {
    const values: (string | number | boolean | null)[] = [];
    let count = 0;
    for (let bytes = insertSql(own, 1).length; count < rowsMax && at + count < rows.length; count++) {
      const row = own.columns.map((column, place) => valueFor("mysql", column, rows[at + count]?.[place] ?? null));
      const rowBytes = bytesOf(row);
      if (rowBytes >= packetBytesMax) throw tooLarge(own, packetBytesMax);
      // Each of its characters may have to be escaped.
      bytes += 2 * rowBytes;
      if (count > 0 && bytes >= packetBytesMax) break;
      values.push(...row);
    }
    await connection.query(insertSql(own, count), values);
    at += count;
  }
  return rows.length;
}

function bytesOf(row: readonly (string | number | boolean | null)[]): number {
  return row.reduce<number>((sum, value) => sum + valueBytes + (typeof value === "string" ? Buffer.byteLength(value) : 0), 0);
}

function tooLarge({ table }: OwnTable, bytesMax: number): DeliveryError {
  const message = `a row for ${table} is larger than the server's max_allowed_packet of ${bytesMax} bytes; raise it, and replay the record`;
  return new DeliveryError("GATELOG_DATABASE_REFUSED", message, { permanent: true });
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
