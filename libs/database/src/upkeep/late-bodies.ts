import { deleteKeys, keyOf } from "../call-keys.ts";
import type { SessionRow, SqlSession } from "../sql-session.ts";
import { type Cutoffs, dayOf, firstDay, midnightMs } from "./retention.ts";
import { inSteps, type StepOptions } from "./steps.ts";
import { bodiesState, readState, writeState } from "./upkeep-state.ts";

const dayMs = 86_400_000;
const firstId = "00000000-0000-0000-0000-000000000000";
const state = "sweep of late bodies";

/** How a sweep is cut. */
export interface SweepOptions extends StepOptions {
  /** Rows that one run looks at, of each sweep; the next run goes on behind them. */
  readonly sweptRowsMax: number;
}

/** Bodies that were deleted, of a project with a retention of its own or of others. */
export type OnDeleted = (reason: "project" | "retention", rows: number) => void;

/** Where a sweep is: of the UTC day on which it began, behind a row, or at its end. */
interface Progress {
  readonly begun: string;
  readonly behind?: { readonly place: string; readonly id: string } | undefined;
  readonly isDone: boolean;
}

/**
 * Bodies that arrived when their time was over already, of projects that keep theirs shorter than the longest: whole partitions do not
 * take them, and who deletes up to a day and remembers it has passed them. They are looked for all over the days that still have bodies, once a day, some
 * rows at a time, and a run goes on where the last one came to.
 *
 * Where everybody's time is over but that of some projects, there are only the bodies of those: they are read by key. Of a project whose own time is shorter than
 * everybody's, its calls are read by their index.
 */
export class LateBodies {
  readonly #session: SqlSession;
  readonly #cutoffs: Cutoffs;
  readonly #options: SweepOptions;
  readonly #onDeleted: OnDeleted;

  constructor(session: SqlSession, cutoffs: Cutoffs, { onDeleted, ...options }: SweepOptions & { readonly onDeleted: OnDeleted }) {
    this.#session = session;
    this.#cutoffs = cutoffs;
    this.#options = options;
    this.#onDeleted = onDeleted;
  }

  async sweep(): Promise<void> {
    const { longest } = this.#cutoffs;
    const everybodys = this.#cutoffs.of(null).body;
    const from = latest(longest.body, firstDay);
    if (everybodys > from) await this.#resumed(state, (progress) => this.#days(progress, { from, to: everybodys }));
    for (const project of this.#cutoffs.ownProjects) {
      const { body, metadata } = this.#cutoffs.of(project);
      const days = { from: latest(latest(from, everybodys), metadata), to: body };
      if (body > days.from) await this.#resumed(`${state}, ${bodiesState(project)}`, (progress) => this.#callsOf(project, progress, days));
    }
  }

  /** Goes on with a sweep that is not done, or begins the one of today. */
  async #resumed(name: string, work: (progress: Progress) => Promise<Progress>): Promise<void> {
    const known = await readState(this.#session, name);
    const before = known === undefined ? undefined : (JSON.parse(known) as Progress);
    if (this.#isEnded || (before?.isDone === true && before.begun === this.#cutoffs.today)) return;
    const after = await work(before === undefined || before.isDone ? { begun: this.#cutoffs.today, isDone: false } : before);
    await writeState(this.#session, name, JSON.stringify(after));
  }

  /** All bodies of some days, day by day, for partitions, and because MySQL finds no place in the middle of a key of two columns. */
  async #days({ begun, behind }: Progress, { from, to }: Days): Promise<Progress> {
    let left = this.#options.sweptRowsMax;
    let last = behind;
    for (let day = latest(from, behind?.place ?? from); day < to; day = dayOf(midnightMs(day) + dayMs)) {
      const start = day === last?.place ? last.id : firstId;
      const page = async (row: SessionRow | undefined) => {
        if (left <= 0) return [];
        const rows = await this.#session.rows(
          `SELECT b.event_day, b.id, l.project
           FROM (SELECT event_day, id FROM interface_body WHERE event_day = ? AND id > ? ORDER BY id LIMIT ${this.#options.rowsPerStep}) b
           LEFT JOIN interface_log l ON l.event_day = b.event_day AND l.id = b.id ORDER BY b.id`,
          [day, row === undefined ? start : keyOf(row).id],
        );
        left -= rows.length;
        const end = rows.at(-1);
        if (end !== undefined) last = { place: day, id: keyOf(end).id };
        return rows;
      };
      await inSteps(this.#options, page, (rows) => this.#deleteOver(day, rows));
      if (left <= 0 || this.#isEnded) return { begun, behind: last, isDone: false };
    }
    return { begun, isDone: true };
  }

  async #deleteOver(day: string, rows: readonly SessionRow[]): Promise<number> {
    let count = 0;
    for (const reason of ["project", "retention"] as const) {
      const over = rows.filter((row) => {
        const project = row["project"] as string | null;
        return day < this.#cutoffs.of(project).body && reason === (this.#cutoffs.isOwn(project) ? "project" : "retention");
      });
      count += await this.#delete(reason, over);
    }
    return count;
  }

  /** The calls of a project of some days; what has a body of them is deleted. */
  async #callsOf(project: string, { begun, behind }: Progress, { from, to }: Days): Promise<Progress> {
    const time = (value: Date | string | number) => this.#session.time(value);
    let left = this.#options.sweptRowsMax;
    let last = behind !== undefined && Date.parse(behind.place) >= midnightMs(from) ? behind : undefined;
    const page = async () => {
      if (left <= 0) return [];
      const start = time(last?.place ?? midnightMs(from));
      // The time alone once more: MySQL finds a place in an index by one column.
      const rows = await this.#session.rows(
        `SELECT event_day, id, request_time FROM interface_log WHERE project = ? AND request_time >= ? AND request_time < ?
         AND (request_time, id) > (?, ?) ORDER BY request_time, id LIMIT ${this.#options.rowsPerStep}`,
        [project, start, time(midnightMs(to)), start, last?.id ?? firstId],
      );
      left -= rows.length;
      const end = rows.at(-1);
      if (end !== undefined) last = { place: new Date(end["request_time"] as Date | string).toISOString(), id: keyOf(end).id };
      return rows;
    };
    await inSteps(this.#options, page, (rows) => this.#delete("project", rows));
    return left <= 0 || this.#isEnded ? { begun, behind: last, isDone: false } : { begun, isDone: true };
  }

  async #delete(reason: "project" | "retention", rows: readonly SessionRow[]): Promise<number> {
    if (rows.length === 0) return 0;
    const count = await deleteKeys(this.#session, "interface_body", rows.map(keyOf));
    this.#onDeleted(reason, count);
    return count;
  }

  get #isEnded(): boolean {
    return this.#options.signal?.aborted === true;
  }
}

/** Days of which bodies are looked at. */
interface Days {
  readonly from: string;
  /** The first one that is not. */
  readonly to: string;
}

function latest(a: string, b: string): string {
  return a > b ? a : b;
}
