import type { ClientBase } from "pg";
import { DatabaseError } from "../errors.ts";
import type { OwnClient } from "./own-client.ts";

/** The build of one index may take so long; a server that froze meanwhile is given up then. Partitions are there for seven days ahead. */
const buildTimeoutMs = 86_400_000;

/** An index of a partitioned table that a partition does not have yet. */
interface MissingIndex {
  readonly parent: string;
  readonly partition: string;
  readonly name: string;
  /** `USING btree (…)`, as the parent's definition ends. */
  readonly method: string;
}

/**
 * Builds indexes that migrations or settings created on the partitioned tables alone, partition by partition, while calls are stored;
 * names of what was built. An index that all partitions have becomes the table's own.
 *
 * **Errors**: none for a single index: `onFailure` gets a GATELOG_DATABASE_INDEX; it is tried again the next time.
 */
export async function completeIndexes(
  client: OwnClient,
  { onFailure, signal }: { readonly onFailure: (error: DatabaseError) => void; readonly signal?: AbortSignal | undefined },
): Promise<readonly string[]> {
  const built: string[] = [];
  const missing = await missingIndexes(client);
  if (missing.length === 0) return built;
  // Nobody waits for a build, which takes as long as the partition is large.
  await client.query(`SET statement_timeout = ${buildTimeoutMs}`);
  client.limitSilence(buildTimeoutMs);
  for (const { parent, partition, name, method } of missing) {
    if (signal?.aborted === true) break;
    try {
      // What a build that was interrupted left is no index yet.
      await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
      await client.query(`CREATE INDEX CONCURRENTLY ${name} ON ${partition} ${method}`);
      await client.query(`ALTER INDEX ${parent} ATTACH PARTITION ${name}`);
      built.push(name);
    } catch (error) {
      const message = `index ${name} could not be built: ${(error as Error).message}; it is tried again`;
      onFailure(new DatabaseError("GATELOG_DATABASE_INDEX", message, error));
    }
  }
  client.limitSilence();
  await client.query("RESET statement_timeout");
  return built;
}

/** Newest partitions first: they are asked for most. */
async function missingIndexes(client: ClientBase): Promise<readonly MissingIndex[]> {
  const { rows } = await client.query<{ parent: string; partition: string; definition: string }>(
    `SELECT i.indexrelid::regclass::text AS parent, c.oid::regclass::text AS partition, pg_get_indexdef(i.indexrelid) AS definition
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_inherits h ON h.inhparent = t.oid JOIN pg_class c ON c.oid = h.inhrelid
     WHERE NOT i.indisvalid AND t.relkind = 'p' AND i.indrelid = ANY ($1::text[]::regclass[])
     AND NOT EXISTS (
       SELECT FROM pg_inherits ih JOIN pg_index ci ON ci.indexrelid = ih.inhrelid
       WHERE ih.inhparent = i.indexrelid AND ci.indrelid = c.oid)
     ORDER BY c.relname DESC, parent`,
    [["interface_log", "interface_body", "call_roll_up"]],
  );
  return rows.map(({ parent, partition, definition }) => ({
    parent,
    partition,
    name: childName(parent, partition),
    method: definition.slice(definition.indexOf(" USING ") + 1),
  }));
}

/** `interface_log_project` of `interface_log_20261123` is `interface_log_20261123_project`. */
function childName(parent: string, partition: string): string {
  const table = partition.replace(/_(?:\d{8}|default)$/, "");
  return `${partition}_${parent.startsWith(`${table}_`) ? parent.slice(table.length + 1) : parent}`;
}
