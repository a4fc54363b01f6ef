import type { SessionRow, SqlSession } from "../sql-session.ts";
import { readState, writeState } from "./upkeep-state.ts";

/** Behind which row a reading goes on; its day or its time, and its id. */
export interface Place {
  readonly at: string;
  readonly id: string;
}

/** How a reading ended: behind a row, or at the end. */
export interface Outcome {
  readonly behind?: Place | undefined;
  readonly isDone: boolean;
}

/** A reading of rows in pages, each behind the one before, of so many rows in all. */
export class PagedReading {
  #behind: Place | undefined;
  #left: number;

  constructor(behind: Place | undefined, rowsMax: number) {
    this.#behind = behind;
    this.#left = rowsMax;
  }

  /** What `ask` finds behind the last row that was read; nothing any more when enough was. */
  async page(
    ask: (behind: Place | undefined) => Promise<readonly SessionRow[]>,
    placeOf: (row: SessionRow) => Place,
  ): Promise<readonly SessionRow[]> {
    if (this.#left <= 0) return [];
    const rows = await ask(this.#behind);
    this.#left -= rows.length;
    const last = rows.at(-1);
    if (last !== undefined) this.#behind = placeOf(last);
    return rows;
  }

  /** How it ended, where there is no further page: at the end, unless it had enough or was told to stop. */
  outcome(signal: AbortSignal | undefined): Outcome {
    return this.#left <= 0 || signal?.aborted === true ? { behind: this.#behind, isDone: false } : { isDone: true };
  }
}

/** What is remembered: the UTC day on which it began, and where it is. */
interface Progress extends Outcome {
  readonly begun: string;
}

/** What is looked at once a day. */
export interface DailySweep {
  /** By which it is remembered. */
  readonly name: string;
  /** UTC. */
  readonly today: string;
  readonly read: (behind: Place | undefined) => Promise<Outcome>;
}

/** Goes on with a reading of many rows that is not done, or begins the one of today; where it comes to is remembered. */
export async function sweepDaily(session: SqlSession, { name, today, read }: DailySweep): Promise<void> {
  const known = await readState(session, name);
  const before = known === undefined ? undefined : (JSON.parse(known) as Progress);
  if (before?.isDone === true && before.begun === today) return;
  const { begun, behind } = before?.isDone === false ? before : { begun: today, behind: undefined };
  const outcome = await read(behind);
  await writeState(session, name, JSON.stringify({ begun, ...outcome } satisfies Progress));
}
