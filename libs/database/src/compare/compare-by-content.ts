import { createHash } from "node:crypto";
import { DatabaseError } from "../errors.ts";
import type { SessionRow, SqlSession } from "../sql-session.ts";
import type { Comparison } from "./comparison.ts";
import { type ComparePlan, dayThere, ourSelect, theirSelect } from "./compare-plan.ts";
import { comparedValue, shownValue } from "./compared-value.ts";
import { Findings } from "./findings.ts";
import { instantOf } from "./time-shape.ts";

const secondMs = 1000;
const firstWindowMs = 60_000;
const windowMsMax = 3_600_000;

/**
 * Compares rows that have no id: those that began in the same second and hold the same are the same, so often as they are there. The day is walked through
 * in windows of time, which become shorter where many calls are.
 */
export async function compareByContent(session: SqlSession, plan: ComparePlan): Promise<Comparison> {
  const findings = new Findings(plan.samplesMax);
  const counts = { here: 0, there: 0 };
  let windowMs = firstWindowMs;
  for (let from = plan.from; from < plan.to;) {
    const to = Math.min(plan.to, from + windowMs);
    const [ours, theirs] = [await readOurs(session, plan, { from, to }), await readTheirs(session, plan, { from, to })];
    const most = Math.max(ours.length, theirs.length);
    if (most > plan.rowsMax) {
      if (windowMs <= secondMs) throw tooMany(from, plan.rowsMax);
      windowMs = Math.max(secondMs, Math.floor(windowMs / 2 / secondMs) * secondMs);
      continue;
    }
    counts.here += ours.length;
    counts.there += theirs.length;
    compareWindow(plan, findings, { ours, theirs });
    from = to;
    if (most < plan.rowsMax / 4) windowMs = Math.min(windowMsMax, windowMs * 2);
  }
  return { day: plan.day, ...counts, columns: plan.columns.map(({ ours: { column } }) => column), findings: findings.all() };
}

interface Window {
  readonly from: number;
  readonly to: number;
}

function readOurs(session: SqlSession, plan: ComparePlan, { from, to }: Window): Promise<readonly SessionRow[]> {
  const select = ["request_time AS time_of_row", ...ourSelect(plan)].join(", ");
  const sql = `SELECT ${select} FROM ${plan.ourTable} WHERE event_day = ? AND request_time >= ? AND request_time < ? LIMIT ${plan.rowsMax + 1}`;
  return session.rows(sql, [plan.day, session.time(from), session.time(to)]);
}

function readTheirs(session: SqlSession, plan: ComparePlan, window: Window): Promise<readonly SessionRow[]> {
  const where = dayThere({ time: plan.time, ...window });
  const select = [`${plan.time.select} AS time_of_row`, ...theirSelect(plan)].join(", ");
  return session.rows(`SELECT ${select} FROM ${plan.theirTable} WHERE ${where.sql} LIMIT ${plan.rowsMax + 1}`, where.values);
}

/** How often rows of one content are there, ours less theirs. */
interface Balance {
  readonly row: SessionRow;
  here: number;
  there: number;
}

function compareWindow(
  plan: ComparePlan,
  findings: Findings,
  { ours, theirs }: { readonly ours: readonly SessionRow[]; readonly theirs: readonly SessionRow[] },
): void {
  const balances = new Map<string, Balance>();
  const count = (row: SessionRow, side: "here" | "there") => {
    const key = contentKey(plan, row, side === "here" ? "UTC" : plan.timeZone);
    const balance = balances.get(key) ?? { row, here: 0, there: 0 };
    balance[side] += 1;
    balances.set(key, balance);
  };
  for (const row of ours) count(row, "here");
  for (const row of theirs) count(row, "there");
  for (const { row, here, there } of balances.values()) {
    if (here > there) findings.add("missingThere", () => shownRow(plan, row), here - there);
    else if (there > here) findings.add(here === 0 ? "missingHere" : "doubledThere", () => shownRow(plan, row), there - here);
  }
}

function contentKey({ columns }: ComparePlan, row: SessionRow, timeZone: string): string {
  const seconds = Math.floor((instantOf(row["time_of_row"], timeZone) ?? NaN) / secondMs);
  const values = columns.map(({ ours }, index) => comparedValue(ours, row[`value_${index}`], timeZone) ?? null);
  return createHash("sha256")
    .update(JSON.stringify([seconds, ...values]))
    .digest("base64");
}

function shownRow({ columns, timeZone }: ComparePlan, row: SessionRow): string {
  const ms = instantOf(row["time_of_row"], timeZone);
  const values = columns.map(({ ours }, index) => `${ours.column}: ${shownValue(comparedValue(ours, row[`value_${index}`], timeZone))}`);
  return `${ms === undefined ? "no time" : new Date(ms).toISOString()}  ${values.join("; ")}`;
}

function tooMany(fromMs: number, rowsMax: number): DatabaseError {
  const second = new Date(fromMs).toISOString();
  return new DatabaseError(
    "GATELOG_DATABASE_COMPARE",
    `more than ${rowsMax} calls without ids began in the second of ${second}; they can only be compared by ids`,
  );
}
