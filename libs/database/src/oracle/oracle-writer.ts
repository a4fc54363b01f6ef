import { DeliveryError } from "@gatelog/pipeline";
import type { SqlColumn } from "../columns.ts";
import { classifyOracle } from "./classify-oracle.ts";
import type { OracleBind, OracleConnection, OracleDriver, OracleValue } from "./oracle-driver.ts";
import { insertSql, mergeSql, type OracleTable } from "./oracle-sql.ts";

type Row = Readonly<Record<string, unknown>>;
type Binds = Readonly<Record<string, OracleValue>>;

/** ORA-00001: the key is there already. */
const uniqueViolated = 1;
/** Rows of one round trip: array binding holds them in memory on both sides. */
const rowsMax = 1000;

const numbers = new Set<SqlColumn["type"]>(["integer", "bigint", "real", "boolean"]);

/** Writes rows by array binding, over one connection, inside its transaction. */
export class OracleWriter {
  readonly #driver: OracleDriver;
  readonly #connection: OracleConnection;

  constructor(driver: OracleDriver, connection: OracleConnection) {
    this.#driver = driver;
    this.#connection = connection;
  }

  /** Inserts rows; those whose key is there are left. Returns the rows that were inserted. **Errors**: DeliveryError for a row that is refused. */
  async insert<R extends Row>(target: OracleTable, rows: readonly R[]): Promise<readonly R[]> {
    const inserted: R[] = [];
    const sql = insertSql(target);
    for (const some of slices(rows)) {
      const binds = some.map((row) => bindsOf(target.columns, row));
      const there = await this.insertBinds(sql, binds, this.#bindTypes(target.columns, binds));
      inserted.push(...some.filter((_, offset) => !there.has(offset)));
    }
    return inserted;
  }

  /** Adds rows to those that have their key. */
  async merge(table: string, key: readonly SqlColumn[], measures: readonly SqlColumn[], rows: readonly Row[]): Promise<void> {
    const columns = [...key, ...measures];
    const sql = mergeSql(table, key, measures);
    for (const some of slices(rows)) {
      const binds = some.map((row) => blankNames(key, bindsOf(columns, row)));
      try {
        await this.#connection.executeMany(sql, binds, { bindDefs: this.#bindTypes(columns, binds), autoCommit: false });
      } catch (error) {
        throw asTransient(error);
      }
    }
  }

  /** Offsets of the rows that are there already. */
  async insertBinds(sql: string, binds: readonly Binds[], bindDefs: Readonly<Record<string, OracleBind>>): Promise<ReadonlySet<number>> {
    if (binds.length === 0) return new Set();
    const { batchErrors = [] } = await this.#connection.executeMany(sql, binds, { bindDefs, batchErrors: true, autoCommit: false });
    const refusal = batchErrors.find(({ errorNum }) => errorNum !== uniqueViolated);
    if (refusal !== undefined) throw classifyOracle(Object.assign(new Error(refusal.message), { errorNum: refusal.errorNum }));
    return new Set(batchErrors.map(({ offset = 0 }) => offset));
  }

  /** How many rows each set of values touched. */
  async update(sql: string, binds: readonly Binds[], bindDefs: Readonly<Record<string, OracleBind>>): Promise<readonly number[]> {
    const { dmlRowCounts = [] } = await this.#connection.executeMany(sql, binds, { bindDefs, dmlRowCounts: true, autoCommit: false });
    return dmlRowCounts;
  }

  /** Text says how many bytes it has at most, over all rows: the driver asks for it. */
  bindTypesFor(names: readonly { readonly name: string; readonly isNumber: boolean }[], binds: readonly Binds[]) {
    return Object.fromEntries(
      names.map(({ name, isNumber }): [string, OracleBind] => [
        name,
        isNumber
          ? { type: this.#driver.NUMBER }
          : { type: this.#driver.STRING, maxSize: binds.reduce((max, row) => Math.max(max, bytesOf(row[name])), 1) },
      ]),
    );
  }

  #bindTypes(columns: readonly SqlColumn[], binds: readonly Binds[]): Readonly<Record<string, OracleBind>> {
    return this.bindTypesFor(
      columns.map(({ column, type }) => ({ name: column, isNumber: numbers.has(type) })),
      binds,
    );
  }
}

/** Rows in pieces of one round trip. */
export function* slices<R>(rows: readonly R[]): Generator<readonly R[]> {
  for (let at = 0; at < rows.length; at += rowsMax) yield rows.slice(at, at + rowsMax);
}

function bytesOf(value: OracleValue | undefined): number {
  return typeof value === "string" ? Buffer.byteLength(value) : 1;
}

function bindsOf(columns: readonly SqlColumn[], row: Row): Binds {
  return Object.fromEntries(columns.map(({ column, type }) => [column, oracleValue(type, row[column])]));
}

function oracleValue(type: SqlColumn["type"], value: unknown): OracleValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return Number(value);
  if (type === "timestamp") return new Date(value as string | number | Date).toISOString();
  return typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value);
}

/** Empty text is NULL in Oracle, which equals nothing: a name that is not there is a blank in a key. */
function blankNames(key: readonly SqlColumn[], binds: Binds): Binds {
  return { ...binds, ...Object.fromEntries(key.filter(({ column }) => binds[column] === "").map(({ column }) => [column, " "])) };
}

/** Roll-ups are ours: what is refused of them is never the fault of a call; two that began one row at the same time try again. */
function asTransient(error: unknown): DeliveryError {
  return new DeliveryError("GATELOG_DATABASE_UNAVAILABLE", `the roll-ups: ${classifyOracle(error).message}`, {
    permanent: false,
    cause: error,
  });
}
