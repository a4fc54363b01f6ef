import type { Client, ClientBase } from "pg";
import { DatabaseError } from "../errors.ts";
import { dayOf, midnightMs } from "../upkeep/retention.ts";
import { withShortLock } from "./short-lock.ts";

/** Days before and after today that get a partition of their own. */
const daysBefore = 2;
const daysAfter = 7;
const dayMs = 86_400_000;
/** So many days can be created at once; what is older goes to the default partition. */
const daysMax = 3660;
export const partitionedTables = ["interface_log", "interface_body", "call_roll_up"] as const;
export type PartitionedTable = (typeof partitionedTables)[number];

/** One partition that is to exist. */
interface DayPartition {
  readonly table: PartitionedTable;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** What else is to be considered. */
export interface CreateOptions {
  /** Partitions are created from this day on, not only from two days ago. */
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
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
  options: CreateOptions = {},
): Promise<string[]> {
  const present = new Set((await dayPartitions(client)).map(({ name }) => name));
  const created: string[] = [];
  for (const partition of wantedPartitions(nowMs, options.from)) {
    if (options.signal?.aborted === true) break;
    if (present.has(partition.name) || (await defaultHolds(client, partition))) continue;
    try {
      await create(client, partition);
      created.push(partition.name);
    } catch (error) {
      // Another process may have been faster.
      if ((await dayPartitions(client)).some(({ name }) => name === partition.name)) continue;
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

/** A daily partition that is there. */
export interface PresentPartition {
  readonly table: PartitionedTable;
  readonly name: string;
  /** `YYYY-MM-DD`, as its name says. */
  readonly day: string;
}

/** The daily partitions that are attached, oldest first. */
export async function dayPartitions(client: ClientBase): Promise<readonly PresentPartition[]> {
  const { rows } = await client.query<{ table: PartitionedTable; name: string }>(
    `SELECT p.relname AS table, c.relname AS name FROM pg_inherits i
     JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
     WHERE i.inhparent = ANY ($1::text[]::regclass[]) ORDER BY right(c.relname, 8), p.relname`,
    [partitionedTables],
  );
  return rows.flatMap(({ table, name }) => {
    const digits = name.startsWith(`${table}_`) ? /_(\d{4})(\d{2})(\d{2})$/.exec(name) : null;
    return digits === null ? [] : [{ table, name, day: digits.slice(1).join("-") }];
  });
}

function wantedPartitions(nowMs: number, from: string | undefined): DayPartition[] {
  const today = midnightMs(dayOf(nowMs));
  const first = Math.min(today - daysBefore * dayMs, from === undefined ? Infinity : midnightMs(from));
  const count = Math.min((today - first) / dayMs + 1 + daysAfter, daysMax);
  const days = Array.from({ length: count }, (_, index) => today + (daysAfter - count + 1 + index) * dayMs);
  return days.flatMap((day) =>
    partitionedTables.map((table) => ({
      table,
      name: `${table}_${dayOf(day).replaceAll("-", "")}`,
      from: dayOf(day),
      to: dayOf(day + dayMs),
    })),
  );
}

async function defaultHolds(client: ClientBase, { table, from }: DayPartition): Promise<boolean> {
  const { rows } = await client.query<{ holds: boolean }>(
    `SELECT EXISTS (SELECT FROM ${table}_default WHERE event_day = $1::date) AS holds`,
    [from],
  );
  return rows[0]?.holds ?? false;
}

/** Inserts wait while a partition is created, since the default one is locked. */
async function create(client: ClientBase, { table, name, from, to }: DayPartition): Promise<void> {
  await withShortLock(client, () => client.query(`CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES FROM ('${from}') TO ('${to}')`));
}
