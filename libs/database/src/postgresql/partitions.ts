import type { Client, ClientBase } from "pg";
import { DatabaseError } from "../errors.ts";

/** Days before and after today that get a partition of their own. */
const daysBefore = 2;
const daysAfter = 7;
const dayMs = 86_400_000;
/** Creating a partition locks its table; inserts must not wait long for it. */
const lockTimeoutMs = 3000;
const partitionedTables = ["interface_log", "interface_body", "call_roll_up"] as const;

/** One partition that is to exist. */
interface DayPartition {
  readonly table: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Creates the daily partitions around `now` that are missing and returns their names.
 *
 * A day whose rows are already in the default partition stays there: PostgreSQL would refuse the new one, and moving
 * rows is not this function's work.
 *
 * **Errors**: none for a single partition: `onFailure` gets a GATELOG_DATABASE_PARTITION and the rows go to the default partition.
 */
export async function createPartitions(
  client: ClientBase | Client,
  nowMs: number,
  onFailure: (error: DatabaseError) => void,
): Promise<string[]> {
  const present = await presentPartitions(client);
  const created: string[] = [];
  for (const partition of wantedPartitions(nowMs)) {
    if (present.has(partition.name) || (await defaultHolds(client, partition))) continue;
    try {
      await create(client, partition);
      created.push(partition.name);
    } catch (error) {
      // Another process may have been faster.
      if ((await presentPartitions(client)).has(partition.name)) continue;
      onFailure(
        new DatabaseError(
          "GATELOG_DATABASE_PARTITION",
          `partition ${partition.name} could not be created: ${(error as Error).message}`,
          error,
        ),
      );
    }
  }
  return created;
}

function wantedPartitions(nowMs: number): DayPartition[] {
  const today = Math.floor(nowMs / dayMs) * dayMs;
  const days = Array.from({ length: daysBefore + 1 + daysAfter }, (_, index) => today + (index - daysBefore) * dayMs);
  return days.flatMap((day) =>
    partitionedTables.map((table) => ({
      table,
      name: `${table}_${dayOf(day).replaceAll("-", "")}`,
      from: dayOf(day),
      to: dayOf(day + dayMs),
    })),
  );
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

async function presentPartitions(client: ClientBase): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = ANY ($1::text[]::regclass[])`,
    [partitionedTables],
  );
  return new Set(rows.map((row) => row.name));
}

async function defaultHolds(client: ClientBase, { table, from }: DayPartition): Promise<boolean> {
  const { rows } = await client.query<{ holds: boolean }>(
    `SELECT EXISTS (SELECT FROM ${table}_default WHERE event_day = $1::date) AS holds`,
    [from],
  );
  return rows[0]?.holds ?? false;
}

async function create(client: ClientBase, { table, name, from, to }: DayPartition): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
    await client.query(`CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES FROM ('${from}') TO ('${to}')`);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}
