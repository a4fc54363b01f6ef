import { Buffer } from "node:buffer";
import { join } from "node:path";
import { type Database, openDatabase } from "@gatelog/database";
import { parseLine, toRow } from "@gatelog/log-record";
import { systemClock } from "@gatelog/pipeline";
import { startMariadb, startPostgres, temporaryDirectory } from "@gatelog/testkit";
import Sqlite from "libsql";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import type { Config } from "../config.ts";
import { createMetrics } from "../metrics.ts";
import { encodeEvent } from "../plain-event.ts";
import { recordLine } from "../processor.test-helper.ts";
import { Reports } from "../reports.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import { pipelineVersionOf } from "./pipeline-version.ts";
import { Pace } from "./pace.ts";
import { RowsPass } from "./rows-pass.ts";
import { noCounts, type RunCounts, type RunState } from "./run-state.ts";
import { openRows, SqlRows } from "./sql-rows.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let file: string;
let database: Database;
const told: string[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  file = join(directory.path, "gatelog.db");
  database = openDatabase(`file:${file}`);
  await database.migrate();
  told.length = 0;
});

afterEach(async () => {
  await database.close();
  await directory.remove();
});

const time = "2026-11-23T08:00:00.123Z";
const idOf = (sequence: number) => (JSON.parse(recordLine(sequence)) as { id: string }).id;
const sequences = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** What db-sink stores of the lines. */
async function store(from: number, to: number): Promise<void> {
  const calls = sequences(from, to).map((sequence) => {
    const line = recordLine(sequence);
    return toRow(parseLine(line, { seedTimeZone: "UTC" }), { id: idOf(sequence), time }, line);
  });
  await database.store({ calls, marks: [] });
}

function eventOf(line: string, id: string): WorkEvent {
  return decodeEvent(encodeEvent({ id, time, type: "record", line: Buffer.from(line), fieldsJson: "" })) as WorkEvent;
}

const eventsOf = (from: number, to: number) => sequences(from, to).map((sequence) => eventOf(recordLine(sequence), idOf(sequence)));

const renamed = { gsub: { field: "message", pattern: "springboot-demo", replacement: "demo" } };
const renamedAgain = { gsub: { field: "message", pattern: "springboot-demo", replacement: "again" } };
const monday = "2026-11-25T08:00:00.000Z";
const tuesday = "2026-11-26T08:00:00.000Z";

function rowsOf(filters: readonly unknown[], startedAt: string, counts: RunCounts): SqlRows {
  const config = {
    filters,
    masking: { foreign: true },
    seedTimeZone: "UTC",
    limits: { filterEventMsMax: 1000 },
    retry: { minMs: 1, maxMs: 10 },
  } as unknown as Config;
  const tell = (_about: object, message: string) => void told.push(message);
  return new SqlRows({
    database,
    config,
    counts,
    version: pipelineVersionOf(config, startedAt, "1.0.0"),
    resolvePath: (path) => path,
    reports: new Reports({ debug: tell, info: tell, warn: tell, error: tell }, createMetrics(new Registry())),
  });
}

/** A run that begins then, with these filters. */
async function run(filters: readonly unknown[], startedAt: string, batches: readonly (readonly WorkEvent[])[]): Promise<RunCounts> {
  const counts = { ...noCounts };
  const rows = rowsOf(filters, startedAt, counts);
  for (const events of batches) await rows.update(events);
  rows.close();
  return counts;
}

function withFile<T>(work: (connection: InstanceType<typeof Sqlite>) => T): T {
  const connection = new Sqlite(file, { timeout: 5000 });
  try {
    return work(connection);
  } finally {
    connection.close();
  }
}

const query = (sql: string) => withFile((connection) => connection.prepare(sql).all() as Record<string, unknown>[]);
const execute = (sql: string) => withFile((connection) => connection.exec(sql));

/** What the rows have, each combination once; of the version the day. */
const found = () =>
  query("SELECT DISTINCT path, url, response_content, substr(pipeline_version, 1, 10) AS version FROM interface_call ORDER BY path").map(
    (row) => Object.assign({}, row),
  );
const rowOf = (name: string, version: string | null) => ({
  path: `/${name}/hello`,
  url: `http://127.0.0.1:9000/${name}/hello`,
  response_content: "Hello!Spring boot!",
  version,
});

it("rows have what today's filters make of their lines, and the pipeline's version; the same pipeline changes nothing again", async () => {
  await store(1, 6);
  // One without a row, and filters that the line does not need: what they do is none of the rows' concern.
  const filters = [renamed, "parseRecord", "ecs", { set: { fields: { "url.path": "/other" } } }];
  const events = eventsOf(1, 7);
  expect(await run(filters, monday, [events])).toMatchObject({ rowsUpdated: 5, rowsLeft: 0, rowsMissing: 1, rowsFailed: 0 });
  expect(found()).toEqual([rowOf("demo", monday.slice(0, 10))]);
  // The events go to the index, too: they are as they were.
  expect(events.every(({ message }) => message.includes("springboot-demo"))).toBe(true);
  expect(await run(filters, tuesday, [eventsOf(1, 7)])).toMatchObject({ rowsUpdated: 0, rowsLeft: 5, rowsMissing: 1 });
  expect(found()).toEqual([rowOf("demo", monday.slice(0, 10))]);
  expect(await run([renamedAgain], tuesday, [eventsOf(1, 7)])).toMatchObject({ rowsUpdated: 5, rowsLeft: 0, rowsMissing: 1 });
  expect(found()).toEqual([rowOf("again", tuesday.slice(0, 10))]);
  // An older run that goes on now.
  expect(await run([renamed], monday, [eventsOf(1, 7)])).toMatchObject({ rowsUpdated: 0, rowsLeft: 5 });
});

it("a run that was interrupted between batches, or behind one that it did not note, does nothing twice", async () => {
  await store(1, 31);
  expect(await run([renamed], monday, [eventsOf(1, 11), eventsOf(11, 21)])).toMatchObject({ rowsUpdated: 20 });
  expect(found()).toEqual([rowOf("demo", monday.slice(0, 10)), rowOf("springboot-demo", null)]);
  expect(await run([renamed], monday, [eventsOf(11, 21), eventsOf(21, 31)])).toMatchObject({ rowsUpdated: 10, rowsLeft: 10 });
  expect(found()).toEqual([rowOf("demo", monday.slice(0, 10))]);
});

it("rows of events that are dropped stay as they are, and a line that is no record any more has its error and its text", async () => {
  await store(1, 3);
  const dropped = { drop: {}, when: { field: "record.seq", equals: 1 } };
  expect(await run(["parseRecord", dropped, renamed], monday, [eventsOf(1, 3)])).toMatchObject({ rowsUpdated: 1, rowsDropped: 1 });
  expect(found()).toEqual([rowOf("demo", monday.slice(0, 10)), rowOf("springboot-demo", null)]);
  const broken = { gsub: { field: "message", pattern: "^.*$", replacement: "broken" } };
  expect(await run([broken], tuesday, [eventsOf(2, 3)])).toMatchObject({ rowsUpdated: 1 });
  const [row] = query(`SELECT path, parse_error, raw_line FROM interface_call WHERE id = '${idOf(2)}'`);
  expect({ ...row }).toEqual({ path: null, parse_error: expect.any(String) as unknown, raw_line: "broken" });
});

/** The same, of the rows themselves. */
async function runOverRows(filters: readonly unknown[], startedAt: string, state: Pick<RunState, "counts" | "rowsAt">): Promise<void> {
  const rows = rowsOf(filters, startedAt, state.counts);
  await new RowsPass({
    plan: { days: ["2026-11-23"], fromMs: Date.parse("2026-11-23T00:00:00Z"), toMs: Date.parse("2026-11-24T00:00:00Z") },
    state: state as RunState,
    seedTimeZone: "UTC",
    database,
    rows,
    pace: new Pace(0, systemClock),
    save: () => Promise.resolve(),
  }).run();
  rows.close();
}

it("rows are made anew of what they say themselves, page by page, and those that cannot be said as a line again stay", async () => {
  await store(1, 61);
  const lines = [
    recordLine(0x90, {
      labels: { b: "1", a: "2" },
      requestHeaders: { "x-a": ["1", "2"] },
      more: { c: [1, { e: 1, d: 2 }] },
      durationMs: 1.5,
    }),
    '{"status":"200","requestTime":"2026-11-23 08:00:00","responseTime":"2026-11-23 08:00:01","requestURL":"http://h/springboot-demo/hello","method":"/springboot-demo/hello?a=1","requestContent":"","responseContent":"ok"}',
    '{"status":"200","requestURL":"/springboot-demo/hello',
  ];
  const calls = lines.map((line, index) => toRow(parseLine(line, { seedTimeZone: "UTC" }), { id: idOf(0x90 + index), time }, line));
  const unlike = { ...(calls[0] as (typeof calls)[0]), id: idOf(0x98), duration_ms: -1 };
  await database.store({ calls: [...calls, unlike, { ...(calls[1] as typeof unlike), id: idOf(0x99), labels: '{"a":"1"}' }], marks: [] });
  const ofMany = () => query(`SELECT * FROM interface_call WHERE id >= '${idOf(0x90)}' ORDER BY id`).map((row) => Object.assign({}, row));
  const before = ofMany();
  const filters = ["parseRecord", renamed, "ecs"];
  const state = { counts: { ...noCounts } };
  await runOverRows(filters, monday, state);
  expect(state.counts).toMatchObject({ rowsUpdated: 63, rowsKept: 2, rowsLeft: 0, rowsMissing: 0, rowsFailed: 0 });
  const after = ofMany();
  const wanted = (row: Record<string, unknown>) =>
    JSON.parse(
      JSON.stringify({ ...row, pipeline_version: after[0]?.["pipeline_version"] }).replaceAll("springboot-demo", "demo"),
    ) as unknown;
  expect(after).toEqual(before.map((row, index) => (index < 3 ? wanted(row) : row)));
  // From where it was, and from the beginning.
  await runOverRows(filters, tuesday, state);
  expect(state.counts).toMatchObject({ rowsUpdated: 63, rowsLeft: 0, rowsKept: 2 });
  const again = { counts: { ...noCounts } };
  await runOverRows(filters, tuesday, again);
  expect(again.counts).toMatchObject({ rowsUpdated: 0, rowsLeft: 63, rowsKept: 2 });
});

it.each([
  ["PostgreSQL", startPostgres],
  ["MariaDB", startMariadb],
])("rows of %s are made anew, too, whose JSON may have its keys in another order", async (_name, startServer) => {
  const server = await startServer();
  onTestFinished(() => server.stop());
  await database.close();
  database = openDatabase(server.url);
  await database.migrate();
  await store(1, 3);
  const rich = {
    labels: { bb: "1", a: "2" },
    requestHeaders: { accept: ["x", "y"], "x-a": "1" },
    more: { ccc: [1, { ee: 1, d: 2 }], b: null },
  };
  const numbers = { durationMs: 1.25, requestBytes: 5_000_000_000, success: true, responseTime: "2026-11-23T08:00:01.007Z" };
  const line = recordLine(3, { ...rich, ...numbers });
  await database.store({ calls: [toRow(parseLine(line, { seedTimeZone: "UTC" }), { id: idOf(3), time }, line)], marks: [] });
  const state = { counts: { ...noCounts } };
  await runOverRows([renamed], monday, state);
  expect(state.counts).toMatchObject({ rowsUpdated: 3, rowsKept: 0, rowsMissing: 0 });
  const stored = await database.storedCalls({ day: "2026-11-23", after: undefined, rowsMax: 10 });
  expect(stored.map(({ row, version }) => [row["path"], version?.slice(0, 10)])).toEqual(
    [1, 2, 3].map(() => ["/demo/hello", "2026-11-25"]),
  );
  expect(JSON.parse(String(stored[2]?.row["extra"]))).toEqual({ more: rich.more });
  expect(stored[2]?.row).toMatchObject({ duration_ms: 1.25, request_bytes: 5_000_000_000, response_time: numbers.responseTime });
});

it("a row that the database refuses is told of and counted, and the others are made anew; later it alone is", async () => {
  await store(1, 11);
  execute(
    `CREATE TRIGGER refusing BEFORE UPDATE ON interface_log WHEN old.id = '${idOf(7)}' BEGIN SELECT RAISE(ABORT, 'never this one'); END`,
  );
  expect(await run([renamed], monday, [eventsOf(1, 11)])).toMatchObject({ rowsUpdated: 9, rowsFailed: 1 });
  expect(told).toEqual([expect.stringMatching(new RegExp(`the row ${idOf(7)} of 2026-11-23 could not be updated: .*never this one`))]);
  execute("DROP TRIGGER refusing");
  expect(await run([renamed], tuesday, [eventsOf(1, 11)])).toMatchObject({ rowsUpdated: 1, rowsLeft: 9, rowsFailed: 0 });
});

it("a database that is none, is not there, or is too old is refused in a sentence, and nothing is created", async () => {
  await expect(openRows("mssql://db/gatelog")).rejects.toThrow(/^reprocess: --database: a database URL begins with file:, postgresql:/);
  const missing = join(directory.path, "missing.db");
  await expect(openRows(`file:${missing}`)).rejects.toThrow(/^reprocess: --database: rows cannot be made anew: there is no database file/);
  const rows = await openRows(`file:${file}`);
  await rows.close();
});
