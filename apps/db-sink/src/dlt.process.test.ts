import { join } from "node:path";
import { temporaryDirectory, waitFor } from "@gatelog/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  bundleDbSink,
  messagesOf,
  metric,
  querySqlite,
  readyz,
  removeDbSinkBundle,
  runDbSinkCommand,
  startDbSink,
  startProducer,
  type RunningDbSink,
} from "./db-sink.test-helper.ts";

beforeAll(bundleDbSink);
afterAll(removeDbSinkBundle);

const until = <T>(probe: () => T | Promise<T>, what: string) => waitFor(probe, { what, deadlineMs: 60_000 });

describe("the dead letters of two topics", { timeout: 180_000 }, () => {
  let directory: { path: string; remove(): Promise<void> };
  let running: RunningDbSink | undefined;
  const file = () => join(directory.path, "gatelog.db");
  const yaml =
    "admin: { port: 0 }\ntopic: { embedded: { dir: ./topic }, names: [orders, stock] }\ndatabase: { url: 'file:./gatelog.db', checkIntervalMs: 200 }\n";
  const rows = () => Number(querySqlite(file(), "SELECT count(*) AS n FROM interface_log")[0]?.["n"]);
  const dlt = (...args: string[]) => runDbSinkCommand(directory.path, yaml, ["dlt", ...args]);
  const lines = (output: string) => output.split("\n").filter((line) => line !== "");

  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    await running?.process.kill();
    running = undefined;
    await directory.remove();
  });

  async function produce(name: string, from: number, to: number, operation: string): Promise<void> {
    const producer = await startProducer({ embedded: { dir: join(directory.path, "topic"), groups: ["gatelog-db-sink"] }, name });
    await producer.send(messagesOf(from, to, { operation }));
    await producer.stop();
  }

  /** Three rows of `orders` and two of `stock` are refused, of twenty. */
  async function refuseSome(): Promise<void> {
    running = startDbSink(directory.path, yaml);
    const admin = await running.started;
    await produce("orders", 1, 10, "good");
    await produce("stock", 11, 15, "good");
    await until(() => rows() === 15, "the good rows");
    querySqlite(
      file(),
      "CREATE TRIGGER refuse BEFORE INSERT ON interface_log WHEN NEW.operation = 'bad' BEGIN SELECT RAISE(ABORT, 'refused by a trigger'); END",
    );
    await produce("orders", 16, 18, "bad");
    await produce("stock", 19, 20, "bad");
    await until(async () => (await metric(admin, "gatelog_db_sink_dead_letters_total")) === 5, "the dead letters");
    await until(async () => (await readyz(admin)).ready, "ready");
    const text = await (await fetch(`${admin}/metrics`)).text();
    expect(text).toMatch(/lag_messages\{topic="(orders|stock)",partition="0"\} \d/);
    expect(await running.process.stop(30_000)).toEqual({ code: 0, signal: null });
  }

  test("are kept by topic, listed, shown, and replayed once: what is refused again stays", async () => {
    await refuseSome();
    const listed = await dlt("list");
    expect(listed.code).toBe(0);
    expect(lines(listed.output).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "orders 0/0",
      "orders 0/1",
      "orders 0/2",
      "stock 0/0",
      "stock 0/1",
      "5 dead",
    ]);
    expect(lines((await dlt("list", "--topic", "stock", "--offset", "0/1")).output)).toHaveLength(2);
    expect(lines((await dlt("list", "--reason", "TRIGGER", "--to", "2020-01-01T00:00:00Z")).output)).toEqual(["0 dead letters"]);
    const shown = JSON.parse(lines((await dlt("show", "--topic", "orders", "--offset", "2")).output)[0] ?? "") as { value: string };
    expect(JSON.parse(shown.value)).toMatchObject({ seq: 18, operation: "bad" });

    const refused = await dlt("replay");
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("0 replayed, 5 refused again");
    querySqlite(file(), "DROP TRIGGER refuse");
    const one = await dlt("replay", "--topic", "orders", "--reason", "trigger");
    expect([one.code, rows()]).toEqual([0, 18]);
    const rest = await dlt("replay", "--json");
    expect([rest.code, JSON.parse(lines(rest.output)[0] ?? "")]).toEqual([0, { replayed: 5, refused: 0 }]);
    expect(rows()).toBe(20);
    expect((await dlt("replay")).output).toContain("0 replayed, 0 refused again");
  });

  test("a mistake in the command ends it with 1 and one sentence", async () => {
    for (const [args, words] of [
      [["purge"], "say one of list, show, replay"],
      [["list", "--offset", "x"], "--offset takes a place"],
      [["list", "--from", "yesterday"], "--from takes a time"],
      [["list", "--topic", "other"], "it has orders, stock"],
    ] as const) {
      const { code, output } = await dlt(...args);
      expect([code, lines(output)]).toEqual([1, [expect.stringContaining(words)]]);
    }
    expect(lines((await dlt("list")).output)).toEqual(["0 dead letters"]);
  });
});
