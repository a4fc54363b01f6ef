import { deleteKeys, keyOf } from "../call-keys.ts";
import type { SessionRow, SqlSession, SqlValue } from "../sql-session.ts";
import { type Cutoffs, firstDay, midnightMs, undatedDay } from "./retention.ts";
import { ShorterBodies } from "./shorter-bodies.ts";
import { inSteps, type StepOptions } from "./steps.ts";
import { deleteUndatedRows } from "./undated-rows.ts";
import type { DeletedRows, DeletionReason } from "./upkeep.ts";

/** How the work is cut. */
export interface DeletionOptions extends StepOptions {
  /** Rows that one run looks at for bodies that arrived after their time. */
  readonly sweptRowsMax: number;
}

/** Deletes what is older than it is kept, where no partition could be dropped as a whole. */
export async function deleteOldRows(session: SqlSession, cutoffs: Cutoffs, options: DeletionOptions): Promise<readonly DeletedRows[]> {
  return new Deletion(session, cutoffs, options).run();
}

class Deletion {
  readonly #session: SqlSession;
  readonly #cutoffs: Cutoffs;
  readonly #options: DeletionOptions;
  readonly #deleted = new Map<string, DeletedRows>();

  constructor(session: SqlSession, cutoffs: Cutoffs, options: DeletionOptions) {
    this.#session = session;
    this.#cutoffs = cutoffs;
    this.#options = options;
  }

  async run(): Promise<readonly DeletedRows[]> {
    for (const project of await this.#projects()) await this.#calls(project);
    await this.#bodies();
    await this.#rollUps();
    await this.#marks();
    await this.#undated();
    await this.#shorterBodies();
    return [...this.#deleted.values()];
  }

  /** Every project there is, each found by one look into the index; null: calls without one; the empty name is nobody's, and yet some have it. */
  async #projects(): Promise<readonly (string | null)[]> {
    const projects: (string | null)[] = [null, ""];
    let last: string | undefined = "";
    while (last !== undefined && this.#options.signal?.aborted !== true) {
      const [row]: readonly SessionRow[] = await this.#session.rows(
        "SELECT project FROM interface_log WHERE project > ? ORDER BY project LIMIT 1",
        [last],
      );
      last = row === undefined ? undefined : String(row["project"]);
      if (last !== undefined) projects.push(last);
    }
    return projects;
  }

  async #calls(project: string | null): Promise<void> {
    const { metadata } = this.#cutoffs.of(project);
    const reason = this.#cutoffs.isOwn(project) ? "project" : "retention";
    await this.#deleteCalls(reason, this.#callsOf(project, { from: firstDay, to: metadata }));
  }

  async #bodies(): Promise<void> {
    const { body } = this.#cutoffs.longest;
    const page = (last: SessionRow | undefined) =>
      this.#session.rows(
        `SELECT event_day, id FROM interface_body WHERE event_day < ? AND (event_day, id) > (?, ?) AND event_day >= ?
         ORDER BY event_day, id LIMIT ${this.#options.rowsPerStep}`,
        [body, ...keyValues(last), firstDay],
      );
    const rows = await inSteps(this.#options, page, (keys) => deleteKeys(this.#session, "interface_body", keys.map(keyOf)));
    this.#count("interface_body", "retention", rows);
  }

  async #shorterBodies(): Promise<void> {
    const onDeleted = (reason: DeletionReason, rows: number) => this.#count("interface_body", reason, rows);
    await new ShorterBodies(this.#session, this.#cutoffs, { ...this.#options, onDeleted }).run();
  }

  async #undated(): Promise<void> {
    const onDeleted = (table: DeletedRows["table"], rows: number) => this.#count(table, "undated", rows);
    await deleteUndatedRows(this.#session, this.#cutoffs, { ...this.#options, onDeleted });
  }

  async #rollUps(): Promise<void> {
    const page = () =>
      this.#session.rows(
        `SELECT event_day, minute_start FROM call_roll_up WHERE event_day < ? AND event_day >= ?
         ORDER BY event_day, minute_start LIMIT ${this.#options.rowsPerStep}`,
        [this.#cutoffs.rollUp, firstDay],
      );
    // Whole minutes at a time: the key is long.
    const rows = await inSteps(this.#options, page, async (keys) => {
      const lastOfDay = new Map(keys.map((row) => [String(row["event_day"]), row["minute_start"]]));
      let count = 0;
      for (const [day, minute] of lastOfDay) {
        const values = [day, this.#session.time(minute as Date | string)];
        count += await this.#session.run("DELETE FROM call_roll_up WHERE event_day = ? AND minute_start <= ?", values);
      }
      return count;
    });
    this.#count("call_roll_up", "retention", rows);
  }

  async #marks(): Promise<void> {
    const before = this.#session.time(midnightMs(this.#cutoffs.longest.metadata));
    const page = () =>
      this.#session.rows(`SELECT id FROM ledger_mark WHERE stored_at < ? ORDER BY stored_at LIMIT ${this.#options.rowsPerStep}`, [before]);
    const rows = await inSteps(this.#options, page, (marks) => {
      const ids = marks.map((row) => String(row["id"])).sort();
      return this.#session.run(`DELETE FROM ledger_mark WHERE id IN (${ids.map(() => "?").join(", ")})`, ids);
    });
    this.#count("ledger_mark", "retention", rows);
  }

  async #deleteCalls(reason: DeletionReason, page: Page): Promise<void> {
    let bodies = 0;
    const rows = await inSteps(this.#options, page, (found) =>
      this.#session.transaction(async (step) => {
        const keys = found.map(keyOf);
        bodies += await deleteKeys(step, "interface_body", keys);
        return deleteKeys(step, "interface_log", keys);
      }),
    );
    this.#count("interface_log", reason, rows);
    this.#count("interface_body", reason, bodies);
  }

  /** Pages of a project's calls of some days, in the order of the index. */
  #callsOf(project: string | null, { from, to }: { readonly from: string; readonly to: string }): Page {
    const time = (value: Date | string | number) => this.#session.time(value);
    return (last) => {
      const behind = last === undefined ? "" : "AND (l.request_time, l.id) > (?, ?)";
      const lastValues = last === undefined ? [] : [time(last["request_time"] as Date | string), String(last["id"])];
      // The time alone once more: MySQL finds a place in an index by one column.
      const start = lastValues[0] ?? time(midnightMs(from));
      return this.#session.rows(
        `SELECT l.event_day, l.id, l.request_time FROM interface_log l
         WHERE l.project ${project === null ? "IS NULL" : "= ?"} AND l.request_time >= ? AND l.request_time < ? ${behind}
         AND l.event_day >= ? ORDER BY l.request_time, l.id LIMIT ${this.#options.rowsPerStep}`,
        [...(project === null ? [] : [project]), start, time(midnightMs(to)), ...lastValues, firstDay],
      );
    };
  }

  #count(table: DeletedRows["table"], reason: DeletionReason, rows: number): void {
    if (rows === 0) return;
    const key = `${table} ${reason}`;
    this.#deleted.set(key, { table, reason, rows: rows + (this.#deleted.get(key)?.rows ?? 0) });
  }
}

type Page = (last: SessionRow | undefined) => Promise<readonly SessionRow[]>;

/** Behind which key a page begins. */
function keyValues(last: SessionRow | undefined): [string, string] & SqlValue[] {
  if (last === undefined) return [undatedDay, "00000000-0000-0000-0000-000000000000"];
  const { day, id } = keyOf(last);
  return [day, id];
}
