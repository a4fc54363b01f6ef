import { deleteKeys, firstId, keyOf } from "../call-keys.ts";
import type { SessionRow, SqlSession } from "../sql-session.ts";
import { type Outcome, PagedReading, type Place, sweepDaily } from "./daily-sweep.ts";
import { type Cutoffs, dayOf, firstDay, midnightMs } from "./retention.ts";
import { inSteps, type StepOptions } from "./steps.ts";
import { bodiesState, readState, writeState } from "./upkeep-state.ts";

const dayMs = 86_400_000;
/** Days before the one up to which bodies were deleted are looked at again so far back at each run, for calls that came late. */
const lookBackDays = 2;

/** How the work is cut. */
export interface ShorterBodiesOptions extends StepOptions {
  /** Rows that one run looks at for bodies that came later than that, of each kind; the next run goes on behind them. */
  readonly sweptRowsMax: number;
  /** Bodies that were deleted, of a project with a retention of its own or of others. */
  readonly onDeleted: (reason: "project" | "retention", rows: number) => void;
}

/** Days of which bodies are looked at. */
interface Days {
  readonly from: string;
  /** The first one that is not. */
  readonly to: string;
}

type Read = (days: Days, behind: Place | undefined, rowsMax: number) => Promise<Outcome>;

/**
 * Deletes bodies of those who keep them shorter than the longest; what nobody keeps is not its matter.
 *
 * It is remembered up to which day they were deleted; at each run that day and two before are looked at, and once a day all that may still have bodies, some
 * rows at a time, for what came later. Where everybody's time is over, only those are left who keep them longer: bodies are read by key, whosever they are. Of a
 * project with a time of its own, its calls are read by their index. No statement reads more rows than a step has.
 */
export class ShorterBodies {
  readonly #session: SqlSession;
  readonly #cutoffs: Cutoffs;
  readonly #options: ShorterBodiesOptions;

  constructor(session: SqlSession, cutoffs: Cutoffs, options: ShorterBodiesOptions) {
    this.#session = session;
    this.#cutoffs = cutoffs;
    this.#options = options;
  }

  async run(): Promise<void> {
    const from = latest(this.#cutoffs.longest.body, firstDay);
    const everybodys = this.#cutoffs.of(null).body;
    const byKey: Read = (days, behind, rowsMax) => this.#readBodies(days, behind, rowsMax);
    await this.#delete("bodies", { from, to: everybodys }, { sweptFrom: from, read: byKey });
    for (const project of this.#cutoffs.ownProjects) {
      const { body, metadata } = this.#cutoffs.of(project);
      const days = { from: latest(from, metadata), to: body };
      const byIndex: Read = (some, behind, rowsMax) => this.#readCalls(project, { days: some, behind, rowsMax });
      await this.#delete(bodiesState(project), days, { sweptFrom: latest(days.from, everybodys), read: byIndex });
    }
  }

  async #delete(name: string, days: Days, { sweptFrom, read }: { readonly sweptFrom: string; readonly read: Read }): Promise<void> {
    if (days.from >= days.to) return;
    const done = await readState(this.#session, name);
    const from = done === undefined ? days.from : latest(days.from, dayOf(midnightMs(done) - lookBackDays * dayMs));
    const { isDone } = await read({ from, to: days.to }, undefined, Infinity);
    if (isDone) await writeState(this.#session, name, days.to);
    if (!isDone || sweptFrom >= days.to) return;
    await sweepDaily(this.#session, {
      name: `sweep of ${name}`,
      today: this.#cutoffs.today,
      read: (behind) => read({ from: sweptFrom, to: days.to }, behind, this.#options.sweptRowsMax),
    });
  }

  /** All bodies of some days; day by day, for partitions, and because MySQL finds no place in the middle of a key of two columns. */
  async #readBodies({ from, to }: Days, behind: Place | undefined, rowsMax: number): Promise<Outcome> {
    const reading = new PagedReading(behind, rowsMax);
    for (let day = latest(from, behind?.at ?? from); day < to; day = dayOf(midnightMs(day) + dayMs)) {
      const ask = (last: Place | undefined) =>
        this.#session.rows(
          `SELECT b.event_day, b.id, l.project
           FROM (SELECT event_day, id FROM interface_body WHERE event_day = ? AND id > ? ORDER BY id LIMIT ${this.#options.rowsPerStep}) b
           LEFT JOIN interface_log l ON l.event_day = b.event_day AND l.id = b.id ORDER BY b.id`,
          [day, day === last?.at ? last.id : firstId],
        );
      const placeOf = (row: SessionRow) => ({ at: day, id: keyOf(row).id });
      await inSteps(
        this.#options,
        () => reading.page(ask, placeOf),
        (rows) => this.#deleteOver(day, rows),
      );
      const outcome = reading.outcome(this.#options.signal);
      if (!outcome.isDone) return outcome;
    }
    return { isDone: true };
  }

  async #deleteOver(day: string, rows: readonly SessionRow[]): Promise<number> {
    let count = 0;
    for (const reason of ["project", "retention"] as const) {
      const over = rows.filter((row) => {
        const project = row["project"] as string | null;
        return day < this.#cutoffs.of(project).body && reason === (this.#cutoffs.isOwn(project) ? "project" : "retention");
      });
      count += await this.#deleteBodies(reason, over);
    }
    return count;
  }

  /** The calls of a project of some days; what has a body of them is deleted. */
  async #readCalls(
    project: string,
    { days, behind, rowsMax }: { readonly days: Days; readonly behind: Place | undefined; readonly rowsMax: number },
  ): Promise<Outcome> {
    const time = (value: Date | string | number) => this.#session.time(value);
    const reading = new PagedReading(behind !== undefined && Date.parse(behind.at) >= midnightMs(days.from) ? behind : undefined, rowsMax);
    const ask = (last: Place | undefined) => {
      const start = time(last?.at ?? midnightMs(days.from));
      // The time alone once more: MySQL finds a place in an index by one column.
      return this.#session.rows(
        `SELECT event_day, id, request_time FROM interface_log WHERE project = ? AND request_time >= ? AND request_time < ?
         AND (request_time, id) > (?, ?) AND event_day >= ? ORDER BY request_time, id LIMIT ${this.#options.rowsPerStep}`,
        [project, start, time(midnightMs(days.to)), start, last?.id ?? firstId, firstDay],
      );
    };
    const placeOf = (row: SessionRow) => ({ at: new Date(row["request_time"] as Date | string).toISOString(), id: keyOf(row).id });
    await inSteps(
      this.#options,
      () => reading.page(ask, placeOf),
      (rows) => this.#deleteBodies("project", rows),
    );
    return reading.outcome(this.#options.signal);
  }

  async #deleteBodies(reason: "project" | "retention", rows: readonly SessionRow[]): Promise<number> {
    if (rows.length === 0) return 0;
    const count = await deleteKeys(this.#session, "interface_body", rows.map(keyOf));
    this.#options.onDeleted(reason, count);
    return count;
  }
}

function latest(a: string, b: string): string {
  return a > b ? a : b;
}
