import { countedColumns, RollUp, rollUpMeasures } from "@gatelog/database";
import type { SinkDatabase, SqlRow } from "./sink-database.ts";
import { expectedRowOf, kindOf, numberOfSinkId } from "./sink-records.ts";

/** What was found of the acknowledged messages in the database; all but the first four have to be 0. */
export interface SinkLedgerFigures {
  readonly acknowledged: number;
  readonly rows: number;
  readonly marks: number;
  readonly bodiesCompared: number;
  readonly rowsMissing: number;
  /** Ids with more than one row. */
  readonly rowsDoubled: number;
  /** Rows of an id that no message has, or of a message that is no call or was to be refused. */
  readonly rowsInvented: number;
  readonly bodiesMissing: number;
  /** Bodies, days or faults that are not those of the line. */
  readonly bodiesWrong: number;
  readonly marksMissing: number;
  readonly marksInvented: number;
  /** Roll-ups that differ from a recount of the rows. */
  readonly rollUpsWrong: number;
  readonly deadLettersMissing: number;
  /** Dead letters of what the database did not refuse. */
  readonly deadLettersInvented: number;
}

const pageRows = 10_000;
/** Of so many ordinary records one is compared word by word; of the others all are. */
const recordsPerComparison = 50;
const comparedColumns = ["request_content", "response_content", "raw_line", "request_headers"] as const;
const countMax = 255;
const rollUpKeyColumns = ["event_day", "minute_start", "env", "project", "route", "status_class", "success"] as const;

/** Holds what the database has against what the broker acknowledged. */
export class SinkLedger {
  readonly #acknowledged: number;
  readonly #rows: Uint8Array;
  readonly #marks: Uint8Array;
  readonly #deadLetters: Uint8Array;
  readonly #recount = new RollUp("recount");
  #figures = { rows: 0, rowsInvented: 0, bodiesMissing: 0, bodiesWrong: 0, bodiesCompared: 0, marks: 0, marksInvented: 0 };
  #rollUpsWrong = 0;
  #deadLettersInvented = 0;

  /** @param acknowledged The messages 0 … acknowledged-1 are in the topic, each once or more. */
  constructor(acknowledged: number) {
    this.#acknowledged = acknowledged;
    this.#rows = new Uint8Array(acknowledged);
    this.#marks = new Uint8Array(acknowledged);
    this.#deadLetters = new Uint8Array(acknowledged);
  }

  /** Reads all tables. */
  async readDatabase(database: SinkDatabase): Promise<void> {
    for (const { event_day: day } of await database.query("SELECT DISTINCT event_day FROM interface_log")) {
      await this.#readDay(database, String(day));
    }
    await this.#readMarks(database);
    const [bodies] = await database.query("SELECT count(*) AS n FROM interface_body");
    this.#figures.bodiesMissing = Math.abs(this.#figures.rows - Number(bodies?.["n"]));
    await this.#compareRollUps(database);
  }

  /** One dead letter, by the id in its header. */
  noteDeadLetter(id: string): void {
    const number = numberOfSinkId(id);
    if (number === undefined || kindOf(number) !== "refused" || !note(this.#deadLetters, number)) this.#deadLettersInvented += 1;
  }

  figures(): SinkLedgerFigures {
    const missing = { rows: 0, marks: 0, deadLetters: 0, doubled: 0 };
    for (let number = 0; number < this.#acknowledged; number += 1) {
      const kind = kindOf(number);
      if (kind === "mark") missing.marks += Number(this.#marks[number] === 0);
      else if (kind === "refused") missing.deadLetters += Number(this.#deadLetters[number] === 0);
      else missing.rows += Number(this.#rows[number] === 0);
      missing.doubled += Number((this.#rows[number] ?? 0) > 1 || (this.#marks[number] ?? 0) > 1);
    }
    const { rows, marks, bodiesCompared, rowsInvented, bodiesMissing, bodiesWrong, marksInvented } = this.#figures;
    return {
      acknowledged: this.#acknowledged,
      rows,
      marks,
      bodiesCompared,
      rowsMissing: missing.rows,
      rowsDoubled: missing.doubled,
      rowsInvented,
      bodiesMissing,
      bodiesWrong,
      marksMissing: missing.marks,
      marksInvented,
      rollUpsWrong: this.#rollUpsWrong,
      deadLettersMissing: missing.deadLetters,
      deadLettersInvented: this.#deadLettersInvented,
    };
  }

  async #readDay(database: SinkDatabase, day: string): Promise<void> {
    const columns = ["id", "parse_error", ...countedColumns].join(", ");
    const sql = `SELECT ${columns} FROM interface_log WHERE event_day = ? AND id > ? ORDER BY id LIMIT ${pageRows}`;
    for (let after = "00000000-0000-0000-0000-000000000000"; ;) {
      const rows = await database.query(sql, [day, after]);
      for (const row of rows) this.#noteRow(row, day);
      await this.#compareBodies(database, day, rows);
      if (rows.length < pageRows) return;
      after = String(rows.at(-1)?.["id"]);
    }
  }

  #noteRow(row: SqlRow, day: string): void {
    this.#figures.rows += 1;
    this.#recount.add({ ...row, event_day: day, request_time: isoOf(row["request_time"]) });
    const number = numberOfSinkId(String(row["id"]));
    const isCall = number !== undefined && !["mark", "refused"].includes(kindOf(number));
    if (!isCall || !note(this.#rows, number)) this.#figures.rowsInvented += 1;
  }

  async #compareBodies(database: SinkDatabase, day: string, rows: readonly SqlRow[]): Promise<void> {
    const compared = rows.filter(({ id }) => isCompared(String(id)));
    for (let from = 0; from < compared.length; from += 200) {
      const part = compared.slice(from, from + 200);
      const sql = `SELECT id, ${comparedColumns.join(", ")} FROM interface_body WHERE event_day = ? AND id IN (${part.map(() => "?").join(", ")})`;
      const bodies = new Map(
        (await database.query(sql, [day, ...part.map(({ id }) => String(id))])).map((body) => [String(body["id"]), body]),
      );
      for (const row of part) this.#compare({ ...row, event_day: day }, bodies.get(String(row["id"])));
    }
  }

  #compare(row: SqlRow, body: SqlRow | undefined): void {
    this.#figures.bodiesCompared += 1;
    const expected = expectedRowOf(numberOfSinkId(String(row["id"])) ?? -1);
    const isSame =
      row["event_day"] === expected.event_day &&
      row["parse_error"] === expected["parse_error"] &&
      comparedColumns.every((column) => (body?.[column] ?? null) === expected[column]);
    if (!isSame) this.#figures.bodiesWrong += 1;
  }

  async #readMarks(database: SinkDatabase): Promise<void> {
    for (const { id, seq } of await database.query("SELECT id, seq FROM ledger_mark")) {
      this.#figures.marks += 1;
      const number = numberOfSinkId(String(id));
      const isMark = number !== undefined && kindOf(number) === "mark" && Number(seq) === number;
      if (!isMark || !note(this.#marks, number)) this.#figures.marksInvented += 1;
    }
  }

  async #compareRollUps(database: SinkDatabase): Promise<void> {
    const measures = rollUpMeasures.map(({ column }) => column);
    const sums = measures.map((column) => `sum(${column}) AS ${column}`).join(", ");
    const stored = await database.query(
      `SELECT ${rollUpKeyColumns.join(", ")}, ${sums} FROM call_roll_up GROUP BY ${rollUpKeyColumns.join(", ")}`,
    );
    const found = new Map(stored.map((row) => [keyOf(row), row]));
    for (const row of this.#recount.rows()) {
      const other = found.get(keyOf(row));
      found.delete(keyOf(row));
      if (other === undefined || measures.some((column) => Number(other[column]) !== row[column])) this.#rollUpsWrong += 1;
    }
    this.#rollUpsWrong += found.size;
  }
}

function isCompared(id: string): boolean {
  const number = numberOfSinkId(id);
  return number !== undefined && (kindOf(number) !== "record" || number % recordsPerComparison === 0);
}

function keyOf(row: SqlRow): string {
  const minute = isoOf(row["minute_start"]).slice(0, 16);
  const { event_day: day, env, project, route } = row;
  return [day, minute, env, project, route, Number(row["status_class"]), Number(row["success"])].join("\0");
}

/** `2026-11-23T08:00…`, from what the driver gives of a time. */
function isoOf(time: unknown): string {
  return time instanceof Date ? time.toISOString() : String(time).replace(" ", "T");
}

/** Counts one; false where the producer never came so far. */
function note(counts: Uint8Array, number: number): boolean {
  if (number >= counts.length) return false;
  counts[number] = Math.min((counts[number] ?? 0) + 1, countMax);
  return true;
}
