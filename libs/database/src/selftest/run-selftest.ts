import type { CallRow } from "@gatelog/log-record";
import { backOff, deliverAll, type RejectedItem, systemClock } from "@gatelog/pipeline";
import type { Database } from "../database.ts";
import { ownKeyCondition } from "../own-table/own-sql.ts";
import type { OwnDialect, OwnTable } from "../own-table/own-table.ts";
import type { SqlSession } from "../sql-session.ts";
import { hardText, mendedCall, refusedCall, testCall, testDay, testGateway, testSource } from "./test-calls.ts";

/** How long the rows of the selftest may take, ms. */
const deliveryMsMax = 60_000;

/** Thrown by a check for what is not as it should be. */
class CheckError extends Error {}

/** What the checks work on. */
export interface SelftestTarget {
  readonly database: Database;
  readonly own: OwnTable | undefined;
  /** Creates our tables where they are missing; they stay. */
  readonly create: boolean;
  readonly print: (line: string) => void;
}

/** Does what db-sink does to a database, with a handful of rows of a day long ago, and looks whether it is there. Returns how many checks failed. */
export async function runSelftest({ database, own, create, print }: SelftestTarget): Promise<number> {
  let failed = 0;
  const check = async (what: string, work: () => Promise<string | undefined>): Promise<boolean> => {
    try {
      const note = await work();
      print(`ok    ${what}${note === undefined ? "" : `: ${note}`}`);
      return true;
    } catch (error) {
      failed += 1;
      print(`FAIL  ${what}: ${error instanceof CheckError ? error.message : database.classify(error).message}`);
      return false;
    }
  };
  if (!(await check("the database answers", () => answered(database)))) return failed;
  const hasTables = own?.besides === false || (await check("the tables are there", () => tables(database, create)));
  const fits = own === undefined || (await check(`the table ${own.table} fits its mapping`, () => ownTable(database)));
  if (!hasTables || !fits) return failed;
  const calls = [1, 2, 3, 4, 5].map((seq) => testCall(seq));
  const mended = mendedCall(6);
  const all = [...calls, mended, ...[7, 8, 9].map((seq) => testCall(seq))];
  if (!(await check("rows of an earlier selftest are gone", () => remove(database, own, all)))) return failed;
  try {
    await check("rows are inserted", () => inserted(database, calls, own?.besides === false ? 0 : 5));
    await check("rows that come again change nothing", () => inserted(database, [...calls, ...calls], 0));
    if (own !== undefined) await check(`${own.table} has each row once`, () => countOwn(database, own, calls));
    if (own?.besides === false) return failed;
    await check("what no database holds is mended and stored", () => inserted(database, [mended], 1));
    await check("times, numbers and characters come back as they went", () => roundTrip(database, [...calls, mended]));
    await check("a refused row takes its transaction back", () => rolledBack(database, all.slice(6)));
    await check("a refused row is found by halving, and the rest is stored", () => bisected(database, all.slice(6)));
    await check("the roll-ups equal a recount", () => recount(database));
  } finally {
    await check("what was written is removed", () => remove(database, own, all));
  }
  return failed;
}

async function answered(database: Database): Promise<undefined> {
  await database.ping();
}

async function tables(database: Database, create: boolean): Promise<string | undefined> {
  if (create) {
    const { applied } = await database.migrate();
    return applied.length === 0 ? undefined : `created by ${applied.join(", ")}`;
  }
  try {
    await database.checkMigrated();
    return undefined;
  } catch (error) {
    throw new CheckError(`${database.classify(error).message}; with --create it is done now`);
  }
}

async function ownTable(database: Database): Promise<string | undefined> {
  const { problems, warnings } = await database.checkOwnTable();
  if (problems.length > 0) throw new CheckError(problems.join("; "));
  return warnings.length === 0 ? undefined : `but ${warnings.join("; ")}`;
}

async function inserted(database: Database, calls: readonly CallRow[], expected: number): Promise<undefined> {
  const counts = await database.store({ calls, marks: [], source: testSource });
  expectEqual(counts.inserted, expected, "rows were inserted");
}

/** Counts by the session's own SQL, so that it is not our writer that says so. */
async function countOwn(database: Database, own: OwnTable, calls: readonly CallRow[]): Promise<string | undefined> {
  if (own.key.length === 0) return "it has no key, so its rows cannot be counted or removed: look for the gateway's name gatelog-selftest";
  const counts = await database.withSession((session) =>
    eachOwn({ own, dialect: session.dialect }, calls, (sql, values) => countRows(session, sql, values)),
  );
  const wanted = calls.filter((call) => own.rowOf(call) !== undefined).length;
  expectEqual(sum(counts), wanted, "rows were found");
  return undefined;
}

async function eachOwn<T>(
  { own, dialect }: { readonly own: OwnTable; readonly dialect: OwnDialect },
  calls: readonly CallRow[],
  work: (condition: string, values: readonly (string | number | null)[]) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  for (const call of calls) {
    const condition = ownKeyCondition(own, dialect, own.rowOf(call));
    if (condition !== undefined) results.push(await work(condition.sql, condition.values));
  }
  return results;
}

async function roundTrip(database: Database, calls: readonly CallRow[]): Promise<undefined> {
  await database.withSession(async (session) => {
    for (const call of calls) await compare(session, call);
  });
}

async function compare(session: SqlSession, call: CallRow): Promise<void> {
  const where = `WHERE event_day = ${dayMark(session)} AND id = ?`;
  const [log] = await session.rows(
    `SELECT ${timeColumn(session)} AS request_time, duration_ms, response_bytes, labels, operation, parse_error FROM interface_log ${where}`,
    [call.event_day, call.id],
  );
  const [body] = await session.rows(`SELECT request_content FROM interface_body ${where}`, [call.event_day, call.id]);
  if (log === undefined || body === undefined) throw new CheckError(`the row ${call.id} is not there`);
  const seq = String(call["seq"]);
  expectEqual(timeOf(log["request_time"]), call["request_time"], `is the time of row ${seq}`);
  expectEqual(Number(log["duration_ms"]), call["duration_ms"], `is the duration of row ${seq}`);
  expectEqual(Number(log["response_bytes"]), call["response_bytes"], `is the size of row ${seq}`);
  expectEqual(log["operation"], call["operation"], `is the operation of row ${seq}`);
  expectEqual(log["parse_error"], call["parse_error"], `is the parse_error of row ${seq}`);
  expectEqual(body["request_content"], call["request_content"], `is the body of row ${seq}`);
  const labels: unknown = typeof log["labels"] === "string" ? JSON.parse(log["labels"]) : log["labels"];
  expectEqual((labels as { readonly shop?: unknown } | null)?.shop, hardText, `is the label of row ${seq}`);
}

/** What a driver gives for a time, in UTC. */
function timeOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  const text = String(value).replace(" ", "T");
  return new Date(/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`).toISOString();
}

async function rolledBack(database: Database, calls: readonly CallRow[]): Promise<string> {
  let reason = "";
  try {
    await database.store({ calls: [...calls, refusedCall(10, database.dialect)], marks: [], source: testSource });
  } catch (error) {
    const failure = database.classify(error);
    if (!failure.permanent) throw error;
    reason = failure.message;
  }
  if (reason === "") throw new CheckError("the row was not refused");
  const stayed = await database.withSession(async (session) => {
    let count = 0;
    const where = `interface_log WHERE event_day = ${dayMark(session)} AND id = ?`;
    for (const { event_day: day, id } of calls) count += await countRows(session, where, [day, id]);
    return count;
  });
  expectEqual(stayed, 0, "rows of the transaction stayed");
  return reason;
}

async function bisected(database: Database, calls: readonly CallRow[]): Promise<undefined> {
  const refused = refusedCall(10, database.dialect);
  const rejected: RejectedItem<CallRow>[] = [];
  let count = 0;
  const sink = {
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    write: async (some: readonly CallRow[]) => {
      count += (await database.store({ calls: some, marks: [], source: testSource })).inserted;
    },
  };
  await deliverAll(sink, [...calls.slice(0, 2), refused, ...calls.slice(2)], {
    clock: systemClock,
    backOff: backOff({ minMs: 100, maxMs: 1000 }),
    signal: AbortSignal.timeout(deliveryMsMax),
    deadLetter: (item) => Promise.resolve(void rejected.push(item)),
  });
  expectEqual(rejected.length, 1, "rows were refused");
  expectEqual(rejected[0]?.item, refused, "was refused");
  expectEqual(count, calls.length, "rows were stored beside it");
}

async function recount(database: Database): Promise<undefined> {
  await database.withSession(async (session) => {
    const day = dayMark(session);
    const [rows] = await session.rows(
      `SELECT COUNT(*) AS calls, SUM(request_bytes) AS request_bytes, SUM(response_bytes) AS response_bytes FROM interface_log WHERE event_day = ${day} AND gateway = ?`,
      [testDay, testGateway],
    );
    const [rollUp] = await session.rows(
      `SELECT SUM(calls) AS calls, SUM(request_bytes) AS request_bytes, SUM(response_bytes) AS response_bytes FROM call_roll_up WHERE event_day = ${day} AND source = ?`,
      [testDay, testSource],
    );
    for (const column of ["calls", "request_bytes", "response_bytes"]) {
      expectEqual(Number(rollUp?.[column]), Number(rows?.[column]), `is the roll-up of ${column}`);
    }
  });
}

async function remove(database: Database, own: OwnTable | undefined, calls: readonly CallRow[]): Promise<undefined> {
  await database.withSession((session) =>
    session.transaction(async (step) => {
      if (own !== undefined && own.key.length > 0)
        await eachOwn({ own, dialect: session.dialect }, calls, (sql, values) => step.run(`DELETE FROM ${sql}`, values));
      if (own?.besides === false) return;
      const day = dayMark(session);
      await step.run(
        `DELETE FROM interface_body WHERE event_day = ${day} AND id IN (SELECT id FROM interface_log WHERE event_day = ${day} AND gateway = ?)`,
        [testDay, testDay, testGateway],
      );
      await step.run(`DELETE FROM interface_log WHERE event_day = ${day} AND gateway = ?`, [testDay, testGateway]);
      await step.run(`DELETE FROM call_roll_up WHERE event_day = ${day} AND source = ?`, [testDay, testSource]);
    }),
  );
}

/** A day as Oracle takes it; the others read the text. */
function dayMark({ dialect }: { readonly dialect: string }): string {
  return dialect === "oracle" ? "TO_DATE(?, 'YYYY-MM-DD')" : "?";
}

/** A time as text where the driver would give it in the zone of this process. */
function timeColumn({ dialect }: { readonly dialect: string }): string {
  return dialect === "oracle" ? `TO_CHAR(request_time, 'YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"')` : "request_time";
}

async function countRows(session: SqlSession, fromWhere: string, values: readonly (string | number | null)[]): Promise<number> {
  const [row] = await session.rows(`SELECT COUNT(*) AS n FROM ${fromWhere}`, values);
  return Number(row?.["n"]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** **Errors**: CheckError `3 rows were inserted, expected 5`. */
function expectEqual(found: unknown, expected: unknown, what: string): void {
  if (found === expected) return;
  throw new CheckError(`${JSON.stringify(found)} ${what}, expected ${JSON.stringify(expected)}`);
}
