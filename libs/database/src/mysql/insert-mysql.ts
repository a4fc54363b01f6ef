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

/** Kinds of batches whose statements are remembered, by the columns that have values. */
const shapesMax = 32;

/** The statements for rows that have values in the same columns, by their number of rows, largest first. */
interface Shape {
  readonly columns: readonly SqlColumn[];
  readonly statements: ReadonlyMap<number, string>;
}

/** Columns that are added to those of a row with the same key, or take their place. */
export interface OnSameKey {
  readonly added?: readonly string[];
  readonly replaced?: readonly string[];
}

/** Inserts rows by statements that have a fixed number of them. A key that is there fails, unless it is said what becomes of the row. */
export class MysqlInsert {
  readonly #table: string;
  readonly #columns: readonly SqlColumn[];
  readonly #end: string;
  readonly #shapes = new Map<string, Shape>();

  constructor(table: string, columns: readonly SqlColumn[], { added = [], replaced = [] }: OnSameKey = {}) {
    this.#table = table;
    this.#columns = columns;
    const changes = [
      ...added.map((column) => `${column} = ${column} + VALUES(${column})`),
      ...replaced.map((column) => `${column} = VALUES(${column})`),
    ];
    this.#end = changes.length === 0 ? "" : ` ON DUPLICATE KEY UPDATE ${changes.join(", ")}`;
  }

  /** While one statement is under way the next is made. After a failure one more may be under way: whatever is sent next comes after it. */
  async run(session: MysqlSession, rows: readonly SqlRow[]): Promise<void> {
    let before: Promise<unknown> = Promise.resolve();
    const shape = this.#shapeOf(rows);
    for (let at = 0; at < rows.length;) {
      const { sql, values, size } = this.#chunk(shape, rows, { at, bytesMax: session.packetBytesMax });
      const running = session.execute(sql, values);
      running.catch(() => {});
      await before;
      before = running;
      at += size;
    }
    await before;
  }

  /** Half of the columns have no value in most batches; the server takes a fifth less time when they are left out. */
  #shapeOf(rows: readonly SqlRow[]): Shape {
    const columns = this.#columns.filter(({ column }) => rows.some((row) => row[column] != null));
    const names = columns.map(({ column }) => column).join(", ");
    const known = this.#shapes.get(names);
    if (known !== undefined) return known;
    if (this.#shapes.size >= shapesMax) this.#shapes.clear();
    const marks = `(${columns.map(() => "?").join(",")})`;
    const statement = (count: number) =>
      `INSERT INTO ${this.#table} (${names}) VALUES ${Array.from({ length: count }, () => marks).join(",")}${this.#end}`;
    const shape = { columns, statements: new Map(chunkSizes.map((count) => [count, statement(count)])) };
    this.#shapes.set(names, shape);
    return shape;
  }

  /** As many rows as there are and as fit into a packet. */
  #chunk({ columns, statements }: Shape, rows: readonly SqlRow[], { at, bytesMax }: { readonly at: number; readonly bytesMax: number }) {
    for (const [size, sql] of statements) {
      if (size > rows.length - at) continue;
      const values = valuesOf(columns, rows, { at, size });
      if (fits(values, bytesMax - sql.length)) return { sql, values, size };
    }
    throw new DeliveryError(
      "GATELOG_DATABASE_REFUSED",
      `a row for ${this.#table} is larger than the server's max_allowed_packet of ${bytesMax} bytes; raise it, and replay the record`,
      { permanent: true },
    );
  }
}

/** One row after the other. Written as loops, for it is run for every value. */
function valuesOf(columns: readonly SqlColumn[], rows: readonly SqlRow[], { at, size }: { readonly at: number; readonly size: number }) {
  const values: MysqlValue[] = [];
  for (let index = at; index < at + size; index++) {
    const row = rows[index] as SqlRow;
    for (const column of columns) values.push(mysqlValue(column, row[column.column]));
  }
  return values;
}

/** Adds roll-ups to those that are there. */
export const insertRollUp = new MysqlInsert("call_roll_up", rollUpColumns, { added: rollUpTarget.added });

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
  let bytes = values.length * valueBytes;
  for (const value of values) if (typeof value === "string") bytes += value.length * 3;
  return bytes < bytesMax || exactBytes(values) < bytesMax;
}

function exactBytes(values: readonly MysqlValue[]): number {
  let bytes = values.length * valueBytes;
  for (const value of values) if (typeof value === "string") bytes += Buffer.byteLength(value);
  return bytes;
}
