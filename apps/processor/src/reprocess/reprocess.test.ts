import { gzipSync } from "node:zlib";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "@gatelog/database";
import { parseLine, toRow } from "@gatelog/log-record";
import { type ElasticsearchServer, type KafkaServer, startElasticsearch, startKafka, waitFor } from "@gatelog/testkit";
import Sqlite from "libsql";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { Bench, beatsEvent, recordLine } from "../processor.test-helper.ts";
import { bundleDatabaseDriver, day, History, type Hit, idOf, idsOf, sortedIds } from "./reprocess.test-helper.ts";

// Real processes and servers, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

let elasticsearch: ElasticsearchServer;
let kafka: KafkaServer;
let bench: Bench;
let history: History;
let count = 0;

beforeAll(async () => {
  [elasticsearch, kafka] = await Promise.all([startElasticsearch(), startKafka()]);
});

afterAll(async () => {
  await Promise.all([elasticsearch.stop(), kafka.stop()]);
});

beforeEach(async () => {
  bench = await Bench.create();
  history = new History(bench, elasticsearch, `history-${++count}`);
});

afterEach(async () => {
  await bench.close();
});

const range = ["--from", day, "--to", day];
const isToday = ({ _source }: Hit) => _source.service?.name === "today";

it("files become a new generation behind the day's name, with every id once, and the writer of the day goes on in it", async () => {
  const processor = await history.withRecords(1, 41, [beatsEvent('{"status":"200","requestTime":"2026-11-23 08:00:00"}', 900)]);
  const seedId = sortedIds(await history.seen()).find((id) => !idsOf(1, 41).includes(id)) as string;
  // The file has what the index has not, and lines whose ids only the index knows; another one is packed.
  history.log("calls.log", 21, 51, ['{"status":"200","requestTime":"2026-11-23 08:00:00"}', "no record"]);
  writeFileSync(join(bench.dir, "calls-0.log.gz"), gzipSync(`${recordLine(1)}\n${recordLine(2)}\n`));
  const run = await history.run([...range, "--source", "files", "--files", "./calls*.log*", "--json"]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(run.stdout)).toMatchObject({ events: 32, unknown: 2, failed: 0, copied: 0, stored: 41 });
  const hits = await history.seen();
  expect(sortedIds(hits)).toEqual([...idsOf(1, 51), seedId].sort());
  expect(hits.every(isToday)).toBe(true);
  expect(hits.every(({ _index }) => _index === `${history.dayIndex}-g2`)).toBe(true);
  expect(await history.indices()).toEqual([`${history.dayIndex}-g1`, `${history.dayIndex}-g2`]);
  // A record that comes late, and one that is sent again.
  await history.send(processor, 50, 52);
  expect(sortedIds(await history.seen())).toEqual([...idsOf(1, 52), seedId].sort());
  expect((await history.run([...range, "--delete-old"])).stdout).toContain(`${history.dayIndex}-g1 removed`);
  expect(await history.indices()).toEqual([`${history.dayIndex}-g2`]);
});

it("a run that was killed goes on without loss or doubles, while records of the day still arrive; nobody sees it before its end", async () => {
  const processor = await history.withRecords(1, 301);
  const files = [history.log("calls-1.log", 1, 201), history.log("calls-2.log", 201, 301)];
  const args = [...range, "--source", "files", ...files.flatMap((file) => ["--files", file])];
  // The first file, then a wait.
  const killed = history.start([...args, "--events-per-second", "5"]);
  await waitFor(async () => JSON.parse((await history.run(["--status", "--json"])).stdout).status === "running");
  await waitFor(async () => (await history.count(`${history.dayIndex}-g2`)) > 0, { deadlineMs: 60_000 });
  await history.send(processor, 301, 311);
  await killed.kill();
  expect(JSON.parse((await history.run(["--status", "--json"])).stdout)).toMatchObject({ status: "interrupted" });
  const before = await history.seen();
  expect(sortedIds(before)).toEqual(idsOf(1, 311));
  expect(before.some(isToday)).toBe(false);
  expect((await history.run(args, { filters: ["parseRecord", "ecs"] })).stderr).toMatch(/with other options or another pipeline/);
  const live = { isOver: false };
  const running = history.run(args).finally(() => (live.isOver = true));
  let next = 311;
  for (; !live.isOver; next += 5) await history.send(processor, next, next + 5);
  expect(await running).toMatchObject({ code: 0, stderr: "" });
  await history.send(processor, next, next + 2);
  const all = idsOf(1, next + 2);
  expect(sortedIds(await history.seen())).toEqual(all);
  expect(JSON.parse((await history.run(["--status", "--json"])).stdout)).toMatchObject({ status: "done", counts: { failed: 0 } });
  // Once more, over the alias: from what is stored, in a third generation.
  const again = await history.run(range, { filters: ["parseRecord", "ecs", { set: { fields: { "service.name": "tomorrow" } } }] });
  expect(again).toMatchObject({ code: 0, stderr: "" });
  const third = await history.seen();
  expect(sortedIds(third)).toEqual(all);
  expect(new Set(third.map(({ _source }) => _source.service?.name))).toEqual(new Set(["tomorrow"]));
  expect(await history.indices()).toEqual([1, 2, 3].map((generation) => `${history.dayIndex}-g${generation}`));
  expect((await processor.readiness()).status).toBe(200);
});

it("lines without ids of their own keep the ones that the registry's files gave them", async () => {
  const seedLine = (second: number) => `{"status":"200","requestTime":"2026-11-23 08:00:0${second}"}`;
  const file = history.log("seed.log", 0, 0, [1, 2, 3].map(seedLine));
  const input = { file: { paths: [file], registryDir: join(bench.dir, "registry"), scanIntervalMs: 50 } };
  const processor = await bench.start({ inputs: [input], outputs: history.outputs });
  await waitFor(async () => (await processor.metric("events_delivered_total", "elasticsearch-")) === 3, { deadlineMs: 60_000 });
  const ids = sortedIds(await history.seen());
  const run = await history.run([...range, "--source", "files", "--files", file, "--registry", "./registry", "--json"]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(run.stdout)).toMatchObject({ events: 3, unknown: 0, stored: 3, copied: 0 });
  const hits = await history.seen();
  expect(sortedIds(hits)).toEqual(ids);
  expect(hits.every(isToday)).toBe(true);
});

it("what cannot be stored keeps everything as it was, is kept, and is stored by the next start when the reason is gone", async () => {
  const processor = await history.withRecords(1, 6);
  await processor.process.stop();
  // A mapping that refuses documents in their full and in their minimal form.
  await history.ask("PUT", "/_index_template/refusing", {
    index_patterns: [`${history.index}-*`],
    priority: 5000,
    template: { mappings: { dynamic: "strict", properties: { "@timestamp": { type: "date" } } } },
  });
  const failuresFile = join(bench.dir, "buffer/reprocess/failed.ndjson");
  const expectRefused = async () => {
    expect(await history.run(range)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/5 events could not be stored, so that nothing was switched/) as unknown,
    });
    const kept = readFileSync(failuresFile, "utf8").trim().split("\n");
    expect(kept.map((line) => (JSON.parse(line) as { id: string }).id).sort()).toEqual(idsOf(1, 6));
    expect((await history.seen()).some(isToday)).toBe(false);
  };
  await expectRefused();
  await expectRefused();
  expect((await history.run(["--abandon"])).stdout).toContain("given up");
  expect(await history.indices()).toEqual([history.dayIndex]);
  await expectRefused();
  await history.ask("PUT", `/${history.dayIndex}-g2/_mapping`, { dynamic: false });
  expect(await history.run([...range, "--json"])).toMatchObject({ code: 0, stdout: expect.stringContaining('"failed":0') as unknown });
  expect(existsSync(failuresFile)).toBe(false);
  expect(sortedIds((await history.seen()).filter(isToday))).toEqual(idsOf(1, 6));
  await history.ask("DELETE", "/_index_template/refusing");
});

it("a topic is read from the beginning of the range to its end, on Kafka and in a directory, and other groups do not notice", async () => {
  const embedded = { embedded: { dir: join(bench.dir, "topic"), groups: ["test"] }, name: "in-a-directory" };
  history.topics = [{ kafka: { brokers: kafka.brokers, partitions: 3 }, name: "on-kafka" }, embedded];
  const processor = await history.withRecords(1, 31, [
    beatsEvent("no record", 900),
    beatsEvent(recordLine(99, { requestTime: "2026-11-24T08:00:00Z" }), 901),
  ]);
  await processor.process.stop();
  // The index lost its day: the topic is all that there is.
  await history.ask("DELETE", `/${history.dayIndex}`);
  const run = await history.run([...range, "--source", "topic", "--json"]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(run.stdout)).toMatchObject({ events: 30, unknown: 0, stored: 0, failed: 0 });
  const hits = await history.seen(history.dayIndex);
  expect(sortedIds(hits)).toEqual(idsOf(1, 31));
  expect(hits.every(isToday)).toBe(true);
  const again = await history.run([...range, "--source", "topic", "--topic", "in-a-directory", "--json"]);
  expect(again).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(again.stdout)).toMatchObject({ events: 30, stored: 30, storedDropped: 0 });
  expect(sortedIds(await history.seen(history.dayIndex))).toEqual(idsOf(1, 31));
  expect(readdirSync(join(bench.dir, "topic/in-a-directory/cursors")).filter((name) => name.endsWith(".cursor"))).toEqual(["test.cursor"]);
  const messages = await bench.collect(embedded);
  await waitFor(() => messages.length === 32);
});

it("rows of a database are made anew with the index, by one version over a kill, and events without a row are counted", async () => {
  await bundleDatabaseDriver();
  const file = join(bench.dir, "gatelog.db");
  const database = openDatabase(`file:${file}`);
  const args = [...range, "--source", "files", "--files", history.log("calls.log", 1, 2501), "--database", "file:./gatelog.db"];
  const tooOld = await history.run(args);
  expect(tooOld).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/--database: .*there is no database file/) as unknown,
  });
  await database.migrate();
  const calls = idsOf(1, 2491).map((id, index) => {
    const line = recordLine(index + 1);
    return toRow(parseLine(line, { seedTimeZone: "UTC" }), { id, time: "2026-11-23T08:00:00.123Z" }, line);
  });
  await database.store({ calls, marks: [] });
  await database.close();
  const connection = new Sqlite(file, { timeout: 5000 });
  onTestFinished(() => void connection.close());
  const versions = () =>
    connection.prepare("SELECT pipeline_version AS version, path, count(*) AS n FROM interface_call GROUP BY 1, 2 ORDER BY 1").all() as {
      version: string | null;
      path: string;
      n: number;
    }[];
  const config = { filters: [{ gsub: { field: "message", pattern: "springboot-demo", replacement: "demo" } }, "parseRecord", "ecs"] };
  // The first thousand, then a wait.
  const killed = history.start([...args, "--events-per-second", "200"], config);
  await waitFor(() => versions().some(({ version }) => version !== null), { deadlineMs: 60_000 });
  await killed.kill();
  expect(versions().map(({ version, path }) => [version === null, path])).toEqual([
    [true, "/springboot-demo/hello"],
    [false, "/demo/hello"],
  ]);
  const run = await history.run([...args, "--events-per-second", "0", "--json"], config);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const { rowsUpdated, rowsLeft, ...others } = JSON.parse(run.stdout) as Record<string, number>;
  expect(others).toMatchObject({ events: 2500, rowsMissing: 10, rowsDropped: 0, rowsFailed: 0, database: `file:${file}` });
  expect((rowsUpdated ?? 0) + (rowsLeft ?? 0)).toBe(2490);
  expect(versions()).toMatchObject([
    { version: expect.stringMatching(/^\d{4}-.*Z-[0-9a-f]{12}$/) as unknown, path: "/demo/hello", n: 2490 },
  ]);
  expect((await history.seen()).length).toBe(2500);
  // Once more, of what is stored: the documents, and the rows.
  const [first] = versions();
  const again = [{ gsub: { field: "message", pattern: "/demo/", replacement: "/again/" } }, "parseRecord", "ecs"];
  const ofRows = await history.run([...range, "--database", "file:./gatelog.db", "--events-per-second", "0", "--json"], { filters: again });
  expect(ofRows).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(ofRows.stdout)).toMatchObject({ stored: 2500, rowsUpdated: 2490, rowsLeft: 0, rowsMissing: 0, rowsKept: 0 });
  expect(versions()).toMatchObject([{ path: "/again/hello", n: 2490 }]);
  expect(versions()[0]?.version).not.toBe(first?.version);
});

it("a dry run prints what is stored and what would be, and changes nothing", async () => {
  await history.withRecords(1, 4);
  const file = history.log("calls.log", 2, 5);
  const filters = [
    "parseRecord",
    { drop: {}, when: { field: "record.seq", equals: 2 } },
    "ecs",
    { set: { fields: { "service.name": "today" } } },
  ];
  const before = await history.seen();
  const pairs = await history.run([...range, "--dry-run", "--source", "files", "--files", file, "--json"], { filters });
  expect(pairs).toMatchObject({ code: 0, stderr: "" });
  const lines = pairs.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; outcome: string; before: Hit["_source"]; after: Hit["_source"] });
  expect(lines.map(({ id, outcome }) => [id, outcome])).toEqual([
    [idOf(2), "dropped"],
    [idOf(3), "changed"],
    [idOf(4), "new"],
  ]);
  expect(lines[1]).toMatchObject({
    before: before.find(({ _id }) => _id === idOf(3))?._source,
    changes: [{ path: "service", after: { name: "today" } }],
  });
  expect(lines[1]?.after.service).toEqual({ name: "today" });
  const { stdout } = await history.run([...range, "--dry-run", "--sample", "all"], {
    filters: ["parseRecord", "ecs", { set: { fields: { "url.path": "/other" } } }],
  });
  expect(stdout).toContain(`${idOf(1)} ${day} changed\n  ~ url.path: "/springboot-demo/hello" → "/other"\n`);
  expect(stdout).toMatch(/\n3 events, 0 same, 3 changed, 0 new, 0 dropped, 0 kept\n$/);
  expect(await history.seen()).toEqual(before);
  expect(await history.indices()).toEqual([history.dayIndex]);
  expect(existsSync(join(bench.dir, "buffer/reprocess/state.json"))).toBe(false);
});
