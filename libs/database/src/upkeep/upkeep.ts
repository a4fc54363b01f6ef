import type { SqlSession } from "../sql-session.ts";
import { deleteOldRows } from "./delete-old-rows.ts";
import { Cutoffs, type KeptFrom, type Retention } from "./retention.ts";

/** Why rows were deleted: their time is over, that of their project, or they have no day and were stored long ago. */
export type DeletionReason = "retention" | "project" | "undated";

/** Rows of one table that were deleted for one reason. */
export interface DeletedRows {
  readonly table: "interface_log" | "interface_body" | "call_roll_up" | "ledger_mark";
  readonly reason: DeletionReason;
  readonly rows: number;
}

/** What upkeep did. */
export interface UpkeepReport {
  /** Partitions that were created, and indexes that were completed. */
  readonly created: readonly string[];
  /** Partitions that were removed as a whole. */
  readonly dropped: readonly string[];
  readonly deleted: readonly DeletedRows[];
  /** Another process was doing it: nothing was done here. */
  readonly elsewhere: boolean;
}

/** Settings of upkeep. */
export interface UpkeepOptions {
  /** Ends it between two steps; the rest is done the next time. */
  readonly signal?: AbortSignal;
  /** Rows that one transaction deletes; default 500. */
  readonly rowsPerStep?: number;
  /** Rows that one run looks at for bodies that arrived after their time; default 500,000. */
  readonly sweptRowsMax?: number;
  /** Partitions are created from this day on, not only from two days ago; for days that are to be read from old files. */
  readonly partitionsFrom?: string;
  /** Whether the text search has indexes; undefined leaves them as they are. */
  readonly textSearch?: boolean;
}

/** The first days that are kept of each table. */
export interface OldestKept {
  readonly longest: KeptFrom;
  readonly rollUp: string;
}

/** What a database with partitions does of it. */
export interface PartitionUpkeep {
  create(): Promise<readonly string[]>;
  drop(kept: OldestKept): Promise<readonly string[]>;
}

/** What `runUpkeep` is given. */
export interface UpkeepInput extends UpkeepOptions {
  readonly nowMs: number;
  readonly retention: Retention;
  readonly partitions?: PartitionUpkeep;
}

export const rowsPerStepDefault = 500;
const sweptRowsMaxDefault = 500_000;

/** Creates partitions, drops old ones, and deletes what remains of old rows in small steps. */
export async function runUpkeep(session: SqlSession, input: UpkeepInput): Promise<UpkeepReport> {
  const { nowMs, retention, partitions } = input;
  const cutoffs = new Cutoffs(retention, nowMs);
  const created = (await partitions?.create()) ?? [];
  const dropped = (await partitions?.drop({ longest: cutoffs.longest, rollUp: cutoffs.rollUp })) ?? [];
  const { rowsPerStep = rowsPerStepDefault, sweptRowsMax = sweptRowsMaxDefault, signal } = input;
  const deleted = await deleteOldRows(session, cutoffs, { rowsPerStep, sweptRowsMax, signal });
  return { created, dropped, deleted, elsewhere: false };
}

/** What is said where another process holds the lock. */
export const upkeepElsewhere: UpkeepReport = { created: [], dropped: [], deleted: [], elsewhere: true };
