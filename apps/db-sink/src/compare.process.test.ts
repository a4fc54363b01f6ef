import { join } from "node:path";
import { openDatabase } from "@gatelog/database";
import { parseLine, toRow } from "@gatelog/log-record";
import { temporaryDirectory } from "@gatelog/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleDbSink, makeRecord, querySqlite, removeDbSinkBundle, runDbSinkCommand } from "./db-sink.test-helper.ts";

let directory: { path: string; remove(): Promise<void> };
let file: string;
const yaml = "topic: { embedded: { dir: ./topic }, name: kerry }\ndatabase: { url: file:./gatelog.db }\n";

beforeAll(async () => {
  await bundleDbSink();
  directory = await temporaryDirectory();
  file = join(directory.path, "gatelog.db");
  const database = openDatabase(`file:${file}`);
  await database.migrate();
  const records = Array.from({ length: 20 }, (_, index) => makeRecord(index));
  const calls = records.map((record) => {
    const line = JSON.stringify(record);
    return toRow(parseLine(line, { seedTimeZone: "UTC" }), { id: record.id, time: record.requestTime }, line);
  });
  await database.store({ calls, marks: [] });
  await database.close();
  querySqlite(file, "CREATE TABLE api_call (call_id text, request_time text, status integer)");
  querySqlite(file, "INSERT INTO api_call SELECT id, request_time, status FROM interface_log");
});
afterAll(async () => {
  await directory?.remove();
  removeDbSinkBundle();
});

function compare(...args: readonly string[]) {
  const wanted = ["--with", "api_call", "--day", "2026-11-23", "--id-column", "call_id", ...args];
  return runDbSinkCommand(directory.path, yaml, ["compare", ...wanted]);
}

test("db-sink compare ends with 0 where a day is equal, and with 1 where it is not, and says what differs", async () => {
  expect(await compare()).toEqual({
    code: 0,
    output: "2026-11-23: 20 calls in interface_log, 20 rows in api_call; compared: request_time, status\nthey agree\n",
  });

  querySqlite(file, "UPDATE api_call SET status = 500 WHERE rowid = 3");
  querySqlite(file, "DELETE FROM api_call WHERE rowid IN (5, 6)");
  const { code, output } = await compare("--samples", "1");
  expect(code).toBe(1);
  expect(output.split("\n")).toEqual([
    "2026-11-23: 20 calls in interface_log, 18 rows in api_call; compared: request_time, status",
    "2 missing there",
    expect.stringMatching(/^ {2}[0-9a-f-]{36}$/),
    "1 different",
    expect.stringMatching(/^ {2}[0-9a-f-]{36} {2}status: here "200", there "500"$/),
    "they do not agree",
    "",
  ]);
  expect((await compare("--day", "2026-11-22")).output).toContain("\nthey agree: neither has a row of that day\n");
  const json = await compare("--json");
  expect(JSON.parse(json.output)).toMatchObject({ equal: false, here: 20, there: 18, findings: { missingThere: { count: 2 } } });
});

test.each([
  [["--with", "nothing"], "compare: there is no table nothing that this account may see"],
  [["--day", "yesterday"], 'compare: --day takes a day such as 2026-11-23, found "yesterday"'],
  [["--columns", "a=b=c"], 'compare: --columns takes a list such as status,url=request_url, found "a=b=c"'],
  [["--no-id"], "compare: --no-id and --id-column exclude each other"],
  [["--tme-column", "x"], "compare: Unknown option '--tme-column'"],
])("db-sink compare ends with 2 and one sentence where it cannot compare: %s", async (args, sentence) => {
  const { code, output } = await compare(...args);
  expect(code).toBe(2);
  expect(output.split("\n")[0]).toContain(`gatelog db-sink: ${sentence}`);
});
