import { DatabaseError } from "../errors.ts";
import type { SessionRow, SqlSession, SqlValue } from "../sql-session.ts";

/** A table, or a part of it, that is read in the order of its ids. */
export interface OrderedTable {
  /** What is selected besides the id. */
  readonly select: readonly string[];
  readonly table: string;
  /** In quotes. */
  readonly id: string;
  /** With its values. */
  readonly where: { readonly sql: string; readonly values: readonly SqlValue[] };
}

/** All rows that have one id. */
export interface IdGroup {
  readonly id: string;
  readonly times: number;
  /** The first of them. */
  readonly row: SessionRow;
}

/**
 * Reads all rows in the order of their ids, page by page: each begins behind the last id of the one before.
 *
 * **Guarantee**: a page of `rowsMax` rows is in memory; rows with one id come together, also across pages.
 * **Errors**: GATELOG_DATABASE_COMPARE where the database's order of ids is not that of their bytes.
 */
export async function* idsInOrder(session: SqlSession, table: OrderedTable, rowsMax: number): AsyncGenerator<IdGroup> {
  let group: { id: string; raw: SqlValue; times: number; row: SessionRow } | undefined;
  let after: SqlValue | undefined;
  for (;;) {
    const rows = await readPage(session, table, { after, rowsMax });
    for (const row of rows) {
      const raw = row["id_of_row"] as SqlValue;
      const id = String(raw).toLowerCase();
      if (group !== undefined && id < group.id) throw outOfOrder(group.id, id);
      if (group?.id === id) {
        group.times += 1;
        continue;
      }
      if (group !== undefined) yield group;
      group = { id, raw, times: 1, row };
    }
    if (group === undefined) return;
    if (rows.length < rowsMax) {
      yield group;
      return;
    }
    // The page may have ended within the rows of an id.
    group.times = await countOf(session, table, group.raw);
    after = group.raw;
    yield group;
    group = undefined;
  }
}

function readPage(
  session: SqlSession,
  { select, table, id, where }: OrderedTable,
  { after, rowsMax }: { readonly after: SqlValue | undefined; readonly rowsMax: number },
): Promise<readonly SessionRow[]> {
  const behind = after === undefined ? `${id} IS NOT NULL` : `${id} > ?`;
  const sql = `SELECT ${[`${id} AS id_of_row`, ...select].join(", ")} FROM ${table} WHERE ${where.sql} AND ${behind} ORDER BY ${id} LIMIT ${rowsMax}`;
  return session.rows(sql, [...where.values, ...(after === undefined ? [] : [after])]);
}

async function countOf(session: SqlSession, { table, id, where }: OrderedTable, value: SqlValue): Promise<number> {
  const [row] = await session.rows(`SELECT count(*) AS times FROM ${table} WHERE ${where.sql} AND ${id} = ?`, [...where.values, value]);
  return Number(row?.["times"]);
}

function outOfOrder(before: string, after: string): DatabaseError {
  return new DatabaseError(
    "GATELOG_DATABASE_COMPARE",
    `the ids are not in the order of their bytes (${before} came before ${after}): they are to be UUIDs in letters of one kind`,
  );
}
