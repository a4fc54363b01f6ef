// The parts of the package `oracledb` that are used, which has no types of its own. **Source**: https://node-oracledb.readthedocs.io

/** How a value is bound; `maxSize` in bytes, for text. */
export interface OracleBind {
  readonly type: unknown;
  readonly maxSize?: number;
}

export type OracleValue = string | number | null;

/** What happened to the rows of one `executeMany`. */
export interface OracleManyResult {
  /** Rows that were refused; the others were taken. */
  readonly batchErrors?: readonly { readonly errorNum?: number; readonly offset?: number; readonly message: string }[];
  /** Rows that each set of values touched. */
  readonly dmlRowCounts?: readonly number[];
}

export interface OracleConnection {
  /** Longest round trip, ms. */
  callTimeout: number;
  execute(
    sql: string,
    values: readonly OracleValue[] | Readonly<Record<string, OracleValue>>,
    options: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly rows?: readonly Readonly<Record<string, unknown>>[]; readonly rowsAffected?: number }>;
  executeMany(
    sql: string,
    rows: readonly Readonly<Record<string, OracleValue>>[],
    options: Readonly<Record<string, unknown>>,
  ): Promise<OracleManyResult>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  ping(): Promise<void>;
  close(options?: { readonly drop?: boolean }): Promise<void>;
}

export interface OraclePool {
  getConnection(): Promise<OracleConnection>;
  close(drainSeconds: number): Promise<void>;
}

/** The driver; `STRING`, `NUMBER`, `CLOB` and `OUT_FORMAT_OBJECT` are its constants. */
export interface OracleDriver {
  readonly STRING: unknown;
  readonly NUMBER: unknown;
  readonly CLOB: unknown;
  readonly OUT_FORMAT_OBJECT: unknown;
  createPool(options: Readonly<Record<string, unknown>>): Promise<OraclePool>;
}

/** The package, which only who writes to Oracle loads. It runs in thin mode: plain JavaScript, without a client of Oracle's. */
export async function loadOracleDriver(): Promise<OracleDriver> {
  // @ts-expect-error The package has no types.
  const loaded = (await import("oracledb")) as { readonly default: OracleDriver };
  return loaded.default;
}
