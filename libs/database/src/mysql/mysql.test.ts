import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  queryMariadb,
  certificateAuthority,
  startFlakyProxy,
  startMariadb,
  temporaryDirectory,
  waitFor,
  type MariadbServer,
} from "@gatelog/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase, type Database, type DatabaseEvent } from "../database.ts";
import type { OwnTable } from "../own-table/own-table.ts";
import { openReader } from "../reader/open-reader.ts";
import { makeCall, makeCalls } from "../calls.test-helper.ts";
import { parseDatabaseUrl } from "../url.ts";
import { encodeCursor } from "../reader/cursor.ts";
import { checkQuery } from "../reader/list-query.ts";
import { pageSql } from "../reader/list-sql.ts";
import { MysqlClient } from "../reader/mysql-client.ts";
import { MysqlSession } from "./mysql-session.ts";

const onDay = (day: string) => Date.parse(`${day}T12:00:00Z`);

describe("MariaDB", () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let server: MariadbServer;
  let database: Database;
  let url: string;
  const events: DatabaseEvent[] = [];
  let count = 0;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const settings = { "max-allowed-packet": "2097152", "default-time-zone": "+08:00", ...certificates(directory.path) };
    server = await startMariadb({ settings });
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
    await directory.remove();
  });
  beforeEach(async () => {
    await database?.close();
    events.length = 0;
    const name = `test_${++count}`;
    await queryMariadb(server.url, `CREATE DATABASE ${name}`);
    url = server.url.replace(/gatelog$/, name);
    database = openDatabase(url, { statementTimeoutMs: 10_000, onEvent: (event) => events.push(event) });
    await database.migrate();
  });

  const rowsIn = async (table: string) => Number((await queryMariadb(url, `SELECT count(*) AS n FROM ${table}`))[0]?.["n"]);
  /** The server looks at its locks again when it was not asked for a tenth of a second. */
  const someoneWaits = () =>
    waitFor(
      async () => (await queryMariadb(server.url, "SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'")).length > 0,
      { intervalMs: 200, what: "a transaction that waits for a lock" },
    );
  const openSession = (at = url) => {
    const location = parseDatabaseUrl(at);
    if (location.dialect !== "mysql") throw new Error("not a URL of MySQL");
    return MysqlSession.open(location.target, { statementTimeoutMs: 60_000 });
  };

  test("a page of a project's calls reads no more than the page, wherever it begins", async () => {
    const day = { requestTime: "2026-11-23T08:00:00.000Z", project: "demo" };
    await database.store({ calls: Array.from({ length: 2000 }, (_, index) => makeCall(index, day)), marks: [] });
    await queryMariadb(url, "ANALYZE TABLE interface_log");
    const [plan] = await queryMariadb(
      url,
      `EXPLAIN SELECT event_day, id, request_time FROM interface_log WHERE project = 'demo' AND request_time >= '2026-11-23 08:00:01'
       AND request_time < '2026-11-24' ORDER BY request_time, id LIMIT 500`,
    );
    expect(plan).toMatchObject({ key: "interface_log_project", type: "range" });
    expect(Number(plan?.["rows"])).toBeLessThan(10);
    expect(plan?.["Extra"]).not.toContain("filesort");
  });

  test("a second session ends when it is no longer needed, for a server has few", async () => {
    await Promise.all([database.ping(), database.ping(), database.store({ calls: makeCalls(1, 10), marks: [] })]);
    const sessions = `SELECT count(*) AS n FROM information_schema.PROCESSLIST WHERE DB = '${new URL(url).pathname.slice(1)}'`;
    await waitFor(async () => Number((await queryMariadb(server.url, sessions))[0]?.["n"]) === 1, { what: "one session" });
    await database.ping();
    expect(Number((await queryMariadb(server.url, sessions))[0]?.["n"])).toBe(1);
  });

  test("days around now get partitions of their own, once; older ones share one, and later ones the last", async () => {
    const created = await database.createPartitions(onDay("2026-11-23"));
    expect(created).toHaveLength(33);
    expect(created).toContain("interface_log.p20261121");
    expect(created).toContain("interface_body.p20261130");
    expect(await database.createPartitions(onDay("2026-11-23"))).toEqual([]);
    expect(await database.createPartitions(onDay("2026-11-24"))).toEqual([
      "interface_log.p20261201",
      "interface_body.p20261201",
      "call_roll_up.p20261201",
    ]);
    const late = makeCall(2, { requestTime: "2020-01-01T00:00:00.000Z" });
    const early = makeCall(3, { requestTime: "2027-01-01T00:00:00.000Z" });
    await database.store({ calls: [makeCall(1), late, early], marks: [] });
    expect(await rowsIn("interface_log PARTITION (p20261123)")).toBe(1);
    expect(await rowsIn("interface_body PARTITION (p20261123)")).toBe(1);
    expect(await rowsIn("interface_log PARTITION (p20261120)")).toBe(1);
    expect(await rowsIn("interface_log PARTITION (p_end)")).toBe(1);
    expect(events).toEqual([]);
  });

  test("rows that came before their partition are moved into it", async () => {
    const call = makeCall(1);
    await database.store({ calls: [call], marks: [] });
    expect(await database.createPartitions(onDay("2026-11-23"))).toContain("interface_log.p20261123");
    expect(await rowsIn("interface_log PARTITION (p20261123)")).toBe(1);
    expect(await database.store({ calls: [call, makeCall(2)], marks: [] })).toMatchObject({ inserted: 1 });
  });

  test("a body that is left of a call that somebody deleted stays, and the call is stored again", async () => {
    const calls = makeCalls(1, 3);
    await database.store({ calls, marks: [] });
    await queryMariadb(url, `DELETE FROM interface_log WHERE id = '${calls[1]?.id}'`);
    expect(await database.store({ calls, marks: [] })).toMatchObject({ inserted: 1 });
    expect([await rowsIn("interface_log"), await rowsIn("interface_body")]).toEqual([3, 3]);
  });

  test("a table that is held makes no partition and no writer wait long: it is told, and the other tables get theirs", async () => {
    const holder = await openSession();
    await holder.query("SELECT 1 FROM interface_log LIMIT 1");
    const creating = database.createPartitions(onDay("2026-11-23"));
    await database.store({ calls: [makeCall(1)], marks: [] });
    const created = await creating;
    await holder.end();
    expect(created.some((name) => name.startsWith("interface_log."))).toBe(false);
    expect(created).toContain("call_roll_up.p20261123");
    expect(events).toMatchObject([
      { code: "GATELOG_DATABASE_PARTITION", level: "warn", message: expect.stringContaining("interface_log") },
    ]);
  });

  test("a server that is killed in the middle of a transaction loses nothing that was stored and keeps nothing half", async () => {
    const calls = makeCalls(1, 2000);
    await database.store({ calls: calls.slice(0, 100), marks: [] });
    // A lock on a row of the roll-ups holds the transaction after its other inserts.
    const holder = await openSession();
    await holder.query("SELECT * FROM call_roll_up FOR UPDATE");
    const storing = database.store({ calls, marks: [] }).catch((error: unknown) => error);
    await someoneWaits();
    await server.kill();
    expect(await storing).toMatchObject({ code: "GATELOG_DATABASE_UNAVAILABLE", permanent: false });
    holder.destroy();
    await expect(database.ping()).rejects.toThrow();
    await server.restart();
    expect(await rowsIn("interface_log")).toBe(100);
    expect(await database.store({ calls, marks: [] })).toMatchObject({ inserted: 1900 });
    expect(Number((await queryMariadb(url, "SELECT sum(calls) AS n FROM call_roll_up"))[0]?.["n"])).toBe(2000);
  });

  test("a server that goes silent is given up after the statement's time, and used again when it is back", async () => {
    const proxy = await startFlakyProxy(server.port);
    const behindProxy = openDatabase(url.replace(`:${server.port}`, `:${proxy.port}`), { statementTimeoutMs: 1000 });
    await behindProxy.store({ calls: makeCalls(1, 1), marks: [] });
    proxy.stall();
    await expect(behindProxy.store({ calls: makeCalls(2, 2), marks: [] })).rejects.toMatchObject({ permanent: false });
    proxy.heal();
    expect(await behindProxy.store({ calls: makeCalls(3, 3), marks: [] })).toMatchObject({ inserted: 1 });
    await behindProxy.close();
    await proxy.close();
  }, 60_000);

  test("writers that store the same calls at the same time store each once, and count it once", async () => {
    const other = openDatabase(url);
    const calls = makeCalls(1, 2000);
    const shuffled = calls.toReversed();
    const stored = await Promise.all(
      [database, other, database, other].map((target, index) => target.store({ calls: index % 2 ? shuffled : calls, marks: [] })),
    );
    expect(stored.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(2000);
    expect(Number((await queryMariadb(url, "SELECT sum(calls) AS n FROM call_roll_up"))[0]?.["n"])).toBe(2000);
    await other.close();
  });

  test("a call that another writer is about to store is waited for, and then left", async () => {
    const call = makeCall(1);
    const other = await openSession();
    await other.query("INSERT INTO interface_log (event_day, id, request_time) VALUES (?, ?, '2026-11-23')", [call.event_day, call.id]);
    const storing = database.store({ calls: [call, makeCall(2)], marks: [] });
    await someoneWaits();
    await other.commit();
    await other.end();
    expect(await storing).toMatchObject({ inserted: 1 });
    expect(await rowsIn("interface_log")).toBe(2);
  });

  test("a row that another transaction's deadlock undid is stored by itself again", async () => {
    const [one, two] = makeCalls(1, 2) as [ReturnType<typeof makeCall>, ReturnType<typeof makeCall>];
    const [first, second] = one.id < two.id ? [one, two] : [two, one];
    const insert = "INSERT INTO interface_log (event_day, id, request_time) VALUES (?, ?, '2026-11-23')";
    const other = await openSession();
    await other.query(insert, [second.event_day, second.id]);
    const storing = database.store({ calls: [first, second], marks: [] });
    await someoneWaits();
    await other.query(insert, [first.event_day, first.id]).catch(() => {});
    await other.rollBack();
    await other.end();
    expect(await storing).toMatchObject({ inserted: 2 });
    expect(await rowsIn("interface_log")).toBe(2);
  });

  test("statements keep within max_allowed_packet, and a row that cannot is refused for good, alone", async () => {
    const large = makeCalls(1, 40, () => ({ requestContent: "日志".repeat(50_000) }));
    expect(await database.store({ calls: large, marks: [] })).toMatchObject({ inserted: 40 });
    const tooLarge = makeCall(41, { requestContent: "日志".repeat(400_000) });
    await expect(database.store({ calls: [makeCall(42), tooLarge], marks: [] })).rejects.toMatchObject({
      code: "GATELOG_DATABASE_REFUSED",
      permanent: true,
      message: expect.stringContaining("max_allowed_packet"),
    });
    expect(await rowsIn("interface_log")).toBe(40);
  });

  test("statements for the team's own table keep within max_allowed_packet, too", async () => {
    await queryMariadb(url, "CREATE TABLE api_log (request_id varchar(36) PRIMARY KEY, body longtext) DEFAULT CHARSET = utf8mb4");
    const text = { type: "text", nullable: true } as const;
    const ownTable: OwnTable = {
      table: "api_log",
      key: ["request_id"],
      onConflict: "ignore",
      besides: false,
      columns: [
        { ...text, name: "request_id", origin: "id" },
        { ...text, name: "body", origin: "requestContent" },
      ],
      rowOf: ({ id, request_content: body }) => [id, body ?? null],
    };
    const alone = openDatabase(url, { ownTable });
    const large = makeCalls(1, 20, () => ({ requestContent: "日志'".repeat(50_000) }));
    expect(await alone.store({ calls: large, marks: [] })).toMatchObject({ ownRows: 20 });
    const tooLarge = makeCall(41, { requestContent: "日志".repeat(400_000) });
    await expect(alone.store({ calls: [tooLarge], marks: [] })).rejects.toMatchObject({ permanent: true });
    expect(await rowsIn("api_log")).toBe(20);
    await alone.close();
  });

  test("an error never repeats what a call said", async () => {
    await queryMariadb(url, "ALTER TABLE interface_body ADD CONSTRAINT refuse CHECK (request_content <> 'my secret')");
    const failure: unknown = await database
      .store({ calls: [makeCall(1, { requestContent: "my secret" })], marks: [] })
      .catch((error: unknown) => error);
    const { message, cause } = failure as Error;
    expect(message).toContain("refuse");
    expect(`${message} ${String(cause)} ${(cause as Error).stack ?? ""}`).not.toContain("my secret");
  });

  test("times are kept in UTC, whatever the server's time zone", async () => {
    const call = makeCall(1);
    const beganMs = Date.now();
    await database.store({ calls: [call], marks: [] });
    expect(await queryMariadb(url, "SELECT CAST(request_time AS CHAR) AS t FROM interface_log")).toEqual([
      { t: "2026-11-23 08:00:01.000" },
    ]);
    const reader = openReader(url);
    const found = await reader.get(call.event_day, call.id);
    expect(found).toMatchObject({ requestTime: "2026-11-23T08:00:01.000Z", day: "2026-11-23" });
    expect(Math.abs(Date.parse(found?.storedAt ?? "") - beganMs)).toBeLessThan(60_000);
    expect((await reader.list({ from: "2026-11-23T08:00:01Z", to: "2026-11-23T08:00:02Z" })).records).toHaveLength(1);
    await reader.close();
  });

  test.each([
    [{}, "interface_log_request_time"],
    [{ status: "500" }, "interface_log_status"],
    [{ path: "/p" }, "interface_log_path"],
  ])("the page of %j comes from an index, and so does the next", async (query, index) => {
    const rows = makeCalls(1, 2000, (seq) => ({ status: seq % 10 === 0 ? 500 : 200, path: seq % 10 === 0 ? "/p" : `/p/${seq}` }));
    await database.store({ calls: rows, marks: [] });
    await queryMariadb(url, "ANALYZE TABLE interface_log PERSISTENT FOR ALL");
    const session = await openSession();
    const cursor = encodeCursor({ time: new Date("2026-11-23T08:20:00Z"), id: rows[0]?.id ?? "" });
    for (const asked of [query, { ...query, cursor }]) {
      const { sql, values } = pageSql("mysql", checkQuery(asked));
      const plan = await session.query(`EXPLAIN ${sql}`, values);
      const step = plan.find((row) => row["table"] === "l");
      expect(step, JSON.stringify(plan)).toMatchObject({ key: index });
      expect(String(step?.["Extra"])).not.toContain("filesort");
    }
    await session.end();
  });

  test("the reader's sessions cannot write", async () => {
    const location = parseDatabaseUrl(url);
    const client = location.dialect === "mysql" ? new MysqlClient(location.target) : undefined;
    await client?.check();
    await expect(client?.query({ sql: "DELETE FROM interface_log", values: [] })).rejects.toThrow(/READ ONLY/i);
    await client?.close();
  });

  test("TLS: a server is known by its certificate, and one that is not is refused", async () => {
    const tried = async (host: string, parameters: string) => {
      const target = openDatabase(`${url.replace("127.0.0.1", host)}?${parameters}`);
      const answer = await target.ping().then(
        () => "connected",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      await target.close();
      return answer;
    };
    const [ca, otherCa] = ["ca.pem", "other-ca.pem"].map((name) => encodeURIComponent(join(directory.path, name)));
    expect(await tried("localhost", `ssl-ca=${ca}`)).toBe("connected");
    expect(await tried("127.0.0.1", `ssl-mode=VERIFY_CA&ssl-ca=${ca}`)).toBe("connected");
    expect(await tried("127.0.0.1", "ssl-mode=required")).toBe("connected");
    expect(await tried("127.0.0.1", "sslaccept=accept_invalid_certs")).toBe("connected");
    for (const parameters of [`ssl-ca=${otherCa}`, "ssl-mode=verify-identity", "sslaccept=strict"])
      expect(await tried("localhost", parameters), parameters).not.toBe("connected");
    expect(await tried("127.0.0.1", `ssl-ca=${ca}`), "another name").not.toBe("connected");
    const reader = openReader(`${url.replace("127.0.0.1", "localhost")}?ssl-ca=${ca}`);
    expect(await reader.check()).toEqual({ ready: true });
    await reader.close();
  });
});

/** Files of a server that is known as `localhost`, and of two authorities; what the server is told of them. */
function certificates(path: string): Record<string, string> {
  const authority = certificateAuthority("ours");
  const { certificate, key } = authority.issue("server", { names: ["localhost"] });
  const files = {
    "ca.pem": authority.certificate,
    "other-ca.pem": certificateAuthority("other").certificate,
    "cert.pem": certificate,
    "key.pem": key,
  };
  chmodSync(path, 0o755);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return { "ssl-cert": join(path, "cert.pem"), "ssl-key": join(path, "key.pem") };
}
