import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseError } from "../errors.ts";
import { dayOf, midnightMs } from "../upkeep/retention.ts";
import type { MysqlSession } from "./mysql-session.ts";

/** Days before and after today that get a partition of their own. */
const daysBefore = 2;
const daysAfter = 7;
const dayMs = 86_400_000;
/** So many days can be cut off at once; what is older shares a partition. A table can have 8,192. */
const daysMax = 3660;
/** Whoever waits for a table holds up all that come after it, so that the wait is as short as can be said, and tried again. */
const lockTimeoutSeconds = 1;
const attemptsMax = 3;
const pauseMs = 500;
const lockWaitTimeout = 1205;
/** Rows of the last partition that are moved on the way, at most; more would take long, and stay there. */
const movedRowsMax = 50_000;

/** The tables that are partitioned by `event_day`. */
export const partitionedTables = ["interface_log", "interface_body", "call_roll_up"] as const;
export type PartitionedTable = (typeof partitionedTables)[number];
/** Takes what is older than all others, as lines without a readable time are; stays for ever. */
export const firstPartition = "p_start";
/** Takes what no other one was cut off for. */
export const lastPartition = "p_end";

/** How partitions are worked on, and who is told of one that could not be. */
export interface PartitionOptions {
  readonly onFailure: (error: DatabaseError) => void;
  readonly signal?: AbortSignal | undefined;
  /** Partitions are created from this day on, not only from two days ago. */
  readonly from?: string | undefined;
}

/**
 * Cuts the partitions of the days around `now` off the beginning of the last one, and returns their names (`interface_log.p20261123`).
 *
 * A partition is named after its last day and takes all days since the one before it: the first that is cut off begins where its forerunner ends, and
 * when one is dropped, its days are the next one's.
 *
 * **Errors**: none for a single table: `onFailure` gets a GATELOG_DATABASE_PARTITION, and the rows go to the last partition.
 */
export async function createMysqlPartitions(session: MysqlSession, nowMs: number, options: PartitionOptions): Promise<string[]> {
  return forEachTable(session, options, "created", async (table) => {
    const last = (await dayPartitions(session, table)).at(-1);
    const days = missingDays(last?.bound ?? "", nowMs, options.from);
    if (days.length === 0) return [];
    await refuseMuchToMove(session, table);
    const parts = days.map((day) => `PARTITION ${nameOf(day)} VALUES LESS THAN ('${dayOf(day + dayMs)}')`);
    await withShortLock(
      session,
      `ALTER TABLE ${table} REORGANIZE PARTITION ${lastPartition} INTO (${parts.join(", ")}, PARTITION ${lastPartition} VALUES LESS THAN (MAXVALUE))`,
    );
    return days.map(nameOf);
  });
}

/**
 * Drops the partitions of which no day is kept, and returns their names.
 *
 * **Errors**: as createMysqlPartitions; it is tried again the next time.
 */
export async function dropMysqlPartitions(
  session: MysqlSession,
  keptFrom: Readonly<Record<PartitionedTable, string>>,
  options: PartitionOptions,
): Promise<string[]> {
  return forEachTable(session, options, "removed", async (table) => {
    const old = (await dayPartitions(session, table)).filter(({ bound }) => bound <= keptFrom[table]).map(({ name }) => name);
    if (old.length > 0) await withShortLock(session, `ALTER TABLE ${table} DROP PARTITION ${old.join(", ")}`);
    return old;
  });
}

async function forEachTable(
  session: MysqlSession,
  { onFailure, signal }: PartitionOptions,
  what: string,
  work: (table: PartitionedTable) => Promise<readonly string[]>,
): Promise<string[]> {
  const done: string[] = [];
  for (const table of partitionedTables) {
    if (signal?.aborted === true) break;
    try {
      done.push(...(await work(table)).map((name) => `${table}.${name}`));
    } catch (error) {
      if (!session.isOpen) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      onFailure(new DatabaseError("GATELOG_DATABASE_PARTITION", `partitions of ${table} could not be ${what}: ${reason}`, error));
    }
  }
  return done;
}

/** A partition that has days of its own. */
interface DayPartition {
  readonly name: string;
  /** The first day that it does not take. */
  readonly bound: string;
}

/** In their order. **Errors**: the driver's, and one where the table is not partitioned as its migration did it. */
async function dayPartitions(session: MysqlSession, table: string): Promise<readonly DayPartition[]> {
  const rows = await session.query(
    `SELECT PARTITION_NAME AS name, PARTITION_DESCRIPTION AS bound FROM information_schema.PARTITIONS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY PARTITION_ORDINAL_POSITION`,
    [table],
  );
  await session.commit();
  if (rows.at(-1)?.["name"] !== lastPartition) throw new Error(`it has no partition ${lastPartition} at its end`);
  return rows.flatMap((row) => {
    const bound = /\d{4}-\d{2}-\d{2}/.exec(String(row["bound"]))?.[0];
    return bound === undefined || row["name"] === firstPartition ? [] : [{ name: String(row["name"]), bound }];
  });
}

/** Those of the days around now that no partition takes yet, and the day before them, unless one ends there. */
function missingDays(bound: string, nowMs: number, from: string | undefined): readonly number[] {
  const today = midnightMs(dayOf(nowMs));
  const first = Math.min(today - daysBefore * dayMs, from === undefined ? Infinity : midnightMs(from)) - dayMs;
  const count = Math.min((today - first) / dayMs + 1 + daysAfter, daysMax);
  const wanted = Array.from({ length: count }, (_, index) => today + (daysAfter - count + 1 + index) * dayMs);
  return wanted.filter((day) => dayOf(day) >= bound);
}

async function refuseMuchToMove(session: MysqlSession, table: string): Promise<void> {
  const [row] = await session.query(
    `SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${table} PARTITION (${lastPartition}) LIMIT ${movedRowsMax + 1}) counted`,
  );
  await session.commit();
  if (Number(row?.["n"]) <= movedRowsMax) return;
  throw new Error(
    `${lastPartition} has more than ${movedRowsMax} rows, and writers would wait while they are moved; reorganize it by hand at a quiet time`,
  );
}

/** A statement that excludes writers. It waits one second at a time for the table, and so do inserts behind it. */
export async function withShortLock(session: MysqlSession, sql: string): Promise<void> {
  await session.query(`SET SESSION lock_wait_timeout = ${lockTimeoutSeconds}`);
  for (let attempt = 1; ; attempt++) {
    try {
      await session.query(sql);
      return;
    } catch (error) {
      if (attempt >= attemptsMax || (error as { errno?: unknown }).errno !== lockWaitTimeout) throw error;
    }
    await sleep(pauseMs);
  }
}

function nameOf(day: number): string {
  return `p${dayOf(day).replaceAll("-", "")}`;
}
