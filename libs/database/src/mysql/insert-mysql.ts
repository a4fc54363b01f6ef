import { DeliveryError } from "@gatelog/pipeline";
import type { SqlColumn } from "../columns.ts";
import { rollUpColumns, rollUpTarget } from "../roll-up.ts";
import { mysqlTime, type MysqlSession, type MysqlValue } from "./mysql-session.ts";

type SqlRow = Readonly<Record<string, unknown>>;

/**
 * Rows of one statement, largest first. Few sizes, so that the server keeps the statements prepared; a prepared statement of many rows takes it half the
 * time of the same as text, and the same on MySQL and MariaDB (whose own bulk protocol is no faster).
 */
const chunkSizes = [256, 32, 4, 1] as const;
/** What a statement has besides its texts: a number or the length of a text takes at most 9 bytes, and 3 for its type. */
const valueBytes = 12;

/** Inserts rows by statements that have a fixed number of them. A key that is there fails, unless columns are `added`. */
export class MysqlInsert {
  readonly #columns: readonly SqlColumn[];
  readonly #statements: ReadonlyMap<number, string>;
  readonly #table: string;

  constructor(table: string, columns: readonly SqlColumn[], added: readonly string[] = []) {
    this.#table = table;
    this.#columns = columns;
    const marks = `(${columns.map(() => "?").join(",")})`;
    const adding = added.map((column) => `${column} = ${column} + VALUES(${column})`).join(", ");
    const end = added.length === 0 ? "" : ` ON DUPLICATE KEY UPDATE ${adding}`;
    const begin = `INSERT INTO ${table} (${columns.map(({ column }) => column).join(", ")}) VALUES `;
    this.#statements = new Map(chunkSizes.map((rows) => [rows, begin + Array.from({ length: rows }, () => marks).join(",") + end]));
  }

  /** While one statement is under way the next is made. After a failure one more may be under way: whatever is sent next comes after it. */
  async run(session: MysqlSession, rows: readonly SqlRow[]): Promise<void> {
    let before: Promise<unknown> = Promise.resolve();
    for (let at = 0; at < rows.length;) {
      const { sql, values, size } = this.#chunk(rows, at, session.packetBytesMax);
      const running = session.execute(sql, values);
      running.catch(() => {});
      await before;
      before = running;
      at += size;
    }
    await before;
  }

  /** As many rows as there are and as fit into a packet. */
  #chunk(rows: readonly SqlRow[], at: number, bytesMax: number): { sql: string; values: MysqlValue[]; size: number } {
    for (const [size, sql] of this.#statements) {
      if (size > rows.length - at) continue;
      const values = rows.slice(at, at + size).flatMap((row) => this.#columns.map((column) => mysqlValue(column, row[column.column])));
      if (fits(values, bytesMax - sql.length)) return { sql, values, size };
    }
    throw new DeliveryError(
      "GATELOG_DATABASE_REFUSED",
      `a row for ${this.#table} is larger than the server's max_allowed_packet of ${bytesMax} bytes; raise it, and replay the record`,
      { permanent: true },
    );
  }
}

/** Adds roll-ups to those that are there. */
export const insertRollUp = new MysqlInsert("call_roll_up", rollUpColumns, rollUpTarget.added);

export function mysqlValue({ type }: SqlColumn, value: unknown): MysqlValue {
  if (value === null || value === undefined) return null;
  if (type === "timestamp") return mysqlTime(value as string | number | Date);
  if (typeof value === "boolean") return value ? 1 : 0;
  // The driver would send a number beyond 32 bits as one with a fraction.
  if (type === "bigint") return BigInt(value as number | bigint);
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") return value;
  return JSON.stringify(value);
}

/** A character is at most three bytes as JavaScript counts them; they are counted only where that is too much. */
function fits(values: readonly MysqlValue[], bytesMax: number): boolean {
  return sizeOf(values, (text) => text.length * 3) < bytesMax || sizeOf(values, (text) => Buffer.byteLength(text)) < bytesMax;
}

function sizeOf(values: readonly MysqlValue[], bytesOf: (text: string) => number): number {
  let bytes = 0;
  for (const value of values) bytes += typeof value === "string" ? valueBytes + bytesOf(value) : valueBytes;
  return bytes;
}
