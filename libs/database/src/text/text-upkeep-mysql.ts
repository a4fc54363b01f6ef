import { DatabaseError } from "../errors.ts";
import type { MysqlSession } from "../mysql/mysql-session.ts";
import { withShortLock } from "../mysql/partitions-mysql.ts";
import type { SqlSession } from "../sql-session.ts";
import type { KeptFrom } from "../upkeep/retention.ts";
import { type MysqlTexts, textTablesLike } from "./text-tables-mysql.ts";

/** What is done to the text tables, and who is told when it could not be. */
export interface TextUpkeep {
  readonly session: MysqlSession;
  /** The same one, for statements that are committed at once. */
  readonly sql: SqlSession;
  readonly nowMs: number;
  /** The first days that any project keeps. */
  readonly kept: KeptFrom;
  readonly onFailure: (error: DatabaseError) => void;
  /** There is a table for each week from this day on, not only from the oldest row. */
  readonly from?: string | undefined;
}

/** Does it, and tells what it failed of. **Errors**: of a connection that is gone alone; else `onFailure` gets a GATELOG_DATABASE_TEXT_INDEX. */
export async function told(
  { session, onFailure }: TextUpkeep,
  what: string,
  work: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  try {
    return await work();
  } catch (error) {
    if (!session.isOpen) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    onFailure(new DatabaseError("GATELOG_DATABASE_TEXT_INDEX", `the text search cannot be ${what}: ${reason}`, error));
    return [];
  }
}

/** The names of all that there are of a table's. */
export async function tablesThere(sql: SqlSession, { table }: MysqlTexts): Promise<readonly string[]> {
  const rows = await sql.rows(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE ? ORDER BY TABLE_NAME",
    [textTablesLike(table)],
  );
  return rows.map((row) => String(row["name"]));
}

/** One after the other; a reader that is at work is waited for, but not long. */
export async function drop(session: MysqlSession, names: readonly string[]): Promise<void> {
  for (const name of names) await withShortLock(session, `DROP TABLE ${name}`);
}

/** The first day that any project keeps of a table. */
export function keptOf({ kept }: Pick<TextUpkeep, "kept">, { table }: MysqlTexts): string {
  return table === "interface_log" ? kept.metadata : kept.body;
}
