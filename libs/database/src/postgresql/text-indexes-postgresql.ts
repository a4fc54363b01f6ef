import type { ClientBase } from "pg";
import { DatabaseError } from "../errors.ts";
import { textIndexes } from "../text/text-indexes.ts";
import { withShortLock } from "./short-lock.ts";

/**
 * Begins the trigram indexes that are missing, or drops those that are there; names of what was begun. They are completed partition by partition
 * (complete-indexes.ts), and new partitions have them from the beginning.
 *
 * **Errors**: none: `onFailure` gets a GATELOG_DATABASE_TEXT_INDEX, and searches look at the newest rows as without.
 */
export async function setTextIndexes(
  client: ClientBase,
  isOn: boolean,
  onFailure: (error: DatabaseError) => void,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'I' AND pg_table_is_visible(oid) AND relname = ANY ($1::text[])",
    [textIndexes.map(({ name }) => name)],
  );
  const present = new Set(rows.map(({ name }) => name));
  const changed = textIndexes.filter(({ name }) => present.has(name) !== isOn);
  try {
    if (isOn && changed.length > 0) await client.query("CREATE EXTENSION IF NOT EXISTS pg_trgm");
    for (const { table, column, name } of changed) {
      const sql = isOn ? `CREATE INDEX ${name} ON ONLY ${table} USING gin (${column} gin_trgm_ops)` : `DROP INDEX ${name}`;
      await withShortLock(client, () => client.query(sql));
    }
    return isOn ? changed.map(({ name }) => name) : [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = isOn ? "; as an administrator: CREATE EXTENSION pg_trgm" : "";
    onFailure(
      new DatabaseError(
        "GATELOG_DATABASE_TEXT_INDEX",
        `the text search cannot be ${isOn ? "indexed" : "taken down"}: ${reason}${advice}`,
        error,
      ),
    );
    return [];
  }
}
