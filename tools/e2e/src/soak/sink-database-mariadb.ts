import { startMariadb, waitFor } from "@gatelog/testkit";
import { type Connection, createConnection } from "mariadb";
import type { Hold, SinkDatabase, SqlRow } from "./sink-database.ts";

const connectDeadlineMs = 30_000;
const deadlockMeetMs = 5000;
/** The server answers from what it saw before where it is asked more often than every 100 ms. */
const waitingLookMs = 150;

/** MariaDB, whose superuser the oracle is. */
export async function openMariadb({ connectionsMax }: { readonly connectionsMax: number }): Promise<SinkDatabase> {
  const server = await startMariadb({ settings: { "max-connections": String(connectionsMax) } });
  const { port, url } = server;
  return {
    url,
    server,
    query: (sql, parameters = []) => withConnection(port, (connection) => connection.query<SqlRow[]>(sql, [...parameters])),
    refuse: (operation) =>
      withConnection(port, async (connection) => {
        await connection.query(`ALTER TABLE interface_log ADD CONSTRAINT soak_refuses CHECK (operation <> '${operation}')`);
      }),
    lockTables: async () => {
      const connection = await connected(port);
      await connection.query("LOCK TABLES interface_log WRITE, interface_body WRITE, call_roll_up WRITE");
      return { release: () => connection.end() };
    },
    takeConnections: () => takeConnections(port, connectionsMax),
    deadlock: () => withConnection(port, deadlock),
    stop: () => server.stop(),
  };
}

/** A session as soon as there is a place for it. */
function connected(port: number): Promise<Connection> {
  return waitFor(() => connectedOnce(port), { deadlineMs: connectDeadlineMs, intervalMs: 50, what: "a place for the oracle" });
}

async function connectedOnce(port: number): Promise<Connection> {
  const connection = await createConnection({
    host: "127.0.0.1",
    port,
    user: "root",
    database: "gatelog",
    connectTimeout: 10_000,
    timezone: "Z",
    dateStrings: true,
    bigIntAsNumber: true,
    decimalAsNumber: true,
  });
  connection.on("error", () => {});
  return connection;
}

async function withConnection<T>(port: number, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connected(port);
  try {
    return await work(connection);
  } finally {
    await connection.end().catch(() => {});
  }
}

/** Ends the sessions of others a few times, and takes their places. */
async function takeConnections(port: number, max: number): Promise<Hold> {
  const taken: Connection[] = [];
  for (let round = 0; round < 3; round += 1) {
    while (taken.length < max) {
      const connection = await connectedOnce(port).catch(() => undefined);
      if (connection === undefined) break;
      taken.push(connection);
    }
    const own = new Set(taken.map(({ threadId }) => threadId));
    const sessions = (await taken[0]?.query<{ id: number }[]>("SELECT id FROM information_schema.processlist WHERE db = 'gatelog'")) ?? [];
    for (const { id } of sessions) if (!own.has(id)) await taken[0]?.query(`KILL ${id}`).catch(() => {});
  }
  return { release: async () => void (await Promise.all(taken.map((connection) => connection.end().catch(() => {})))) };
}

/** Takes the roll-ups, waits until a transaction that has written calls waits for them, and then wants these calls. */
async function deadlock(connection: Connection): Promise<boolean> {
  await connection.query("SET innodb_lock_wait_timeout = 10");
  const [last] = await connection.query<SqlRow[]>("SELECT event_day, id FROM interface_log ORDER BY event_day DESC, id DESC LIMIT 1");
  if (last === undefined) return false;
  await connection.query("BEGIN");
  await connection.query("SELECT count(*) FROM call_roll_up FOR UPDATE");
  const waiting = "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
  const probe = async () => (await connection.query<SqlRow[]>(waiting)).length > 0;
  const met = await waitFor(probe, { deadlineMs: deadlockMeetMs, intervalMs: waitingLookMs, what: "a transaction that waits" }).then(
    () => true,
    () => false,
  );
  const want = "SELECT count(*) FROM interface_log WHERE event_day = ? AND id > ? FOR UPDATE";
  if (met) await connection.query(want, [last["event_day"], last["id"]]).catch(() => {});
  await connection.query("ROLLBACK").catch(() => {});
  return met;
}
