import type { ClientBase } from "pg";
import { DatabaseError } from "../errors.ts";
import { dayPartitions, type PartitionedTable } from "./partitions.ts";
import { withShortLock } from "./short-lock.ts";

/** Says of a table that it was a partition, and that nothing is lost when it is dropped; a table that somebody else made has no such comment. */
const detachedComment = "gatelog: detached by retention, to be dropped";

/** The first day of each table that is kept, `YYYY-MM-DD`. */
export type KeptFromByTable = Readonly<Record<PartitionedTable, string>>;

/**
 * Removes the partitions of days that are no longer kept, and returns their names.
 *
 * A partition is detached in one short transaction, for which writers wait, and dropped in another one, which costs no one anything
 * however large it is. (CONCURRENTLY is not possible beside a default partition.) What was detached and not dropped is dropped the next time.
 *
 * **Errors**: none for a single partition: `onFailure` gets a GATELOG_DATABASE_PARTITION; it is tried again the next time.
 */
export async function dropPartitions(
  client: ClientBase,
  keptFrom: KeptFromByTable,
  { onFailure, signal }: { readonly onFailure: (error: DatabaseError) => void; readonly signal?: AbortSignal | undefined },
): Promise<readonly string[]> {
  const old = (await dayPartitions(client)).filter(({ table, day }) => day < keptFrom[table]);
  for (const { table, name } of old) {
    if (signal?.aborted === true) break;
    try {
      await withShortLock(client, async () => {
        await client.query(`ALTER TABLE ${table} DETACH PARTITION ${name}`);
        await client.query(`COMMENT ON TABLE ${name} IS '${detachedComment}'`);
      });
    } catch (error) {
      onFailure(failure(name, error));
    }
  }
  return dropDetached(client, onFailure);
}

async function dropDetached(client: ClientBase, onFailure: (error: DatabaseError) => void): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const name of await detachedTables(client)) {
    try {
      await withShortLock(client, () => client.query(`DROP TABLE ${name}`));
      dropped.push(name);
    } catch (error) {
      onFailure(failure(name, error));
    }
  }
  return dropped;
}

async function detachedTables(client: ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
     WHERE c.relkind = 'r' AND NOT c.relispartition AND d.description = $1 AND pg_table_is_visible(c.oid) ORDER BY c.relname`,
    [detachedComment],
  );
  return rows.map(({ name }) => name);
}

function failure(name: string, error: unknown): DatabaseError {
  const message = `partition ${name} could not be removed: ${(error as Error).message}; it is tried again`;
  return new DatabaseError("GATELOG_DATABASE_PARTITION", message, error);
}
