import { join } from "node:path";
import { startPostgres, waitFor } from "@gatelog/testkit";
import { Client, TypeOverrides, types } from "pg";
import type { Hold, SinkDatabase, SqlRow } from "./sink-database.ts";
import { mountSmallDisk } from "./small-disk.ts";

// A Date would be in the zone of this process.
const daysAsText = new TypeOverrides();
daysAsText.setTypeParser(types.builtins.DATE, String);
/** Whom the members are: no superuser, so that the oracle keeps the places that are reserved for one. */
const sinkUser = "sink";
const oraclePlaces = 3;
const roomBytes = 0;
const connectDeadlineMs = 30_000;
const deadlockMeetMs = 5000;

/** PostgreSQL, whose superuser the oracle is. */
export async function openPostgres(options: {
  readonly diskBytes?: number | undefined;
  readonly connectionsMax: number;
}): Promise<SinkDatabase> {
  const disk = options.diskBytes === undefined ? undefined : mountSmallDisk(options.diskBytes);
  try {
    const place = disk === undefined ? {} : { dataDirectory: join(disk.path, "postgres") };
    const settings = {
      max_connections: String(options.connectionsMax + oraclePlaces),
      superuser_reserved_connections: String(oraclePlaces),
      max_wal_size: "256MB",
    };
    const server = await startPostgres({ ...place, settings });
    const { url } = server;
    await withClient(url, async (client) => {
      await client.query(`CREATE ROLE ${sinkUser} LOGIN`);
      await client.query(`ALTER DATABASE gatelog OWNER TO ${sinkUser}`);
    });
    const sinkUrl = url.replace("//postgres@", `//${sinkUser}@`);
    return {
      url: sinkUrl,
      server,
      query: (sql, parameters) => withClient(url, (client) => query(client, sql, parameters)),
      refuse: (operation) =>
        withClient(url, async (client) => {
          await client.query(`ALTER TABLE interface_log ADD CONSTRAINT soak_refuses CHECK (operation <> '${operation}')`);
        }),
      lockTables: () => lockTables(url),
      takeConnections: () => takeConnections({ url, sinkUrl, max: options.connectionsMax }),
      deadlock: () => withClient(url, deadlock),
      ...(disk === undefined ? {} : { fillDisk: () => holdOf(disk.fill(roomBytes)) }),
      stop: async () => {
        await server.stop();
        disk?.remove();
      },
    };
  } catch (error) {
    disk?.remove();
    throw error;
  }
}

function holdOf(giveBack: () => void): Hold {
  return { release: () => Promise.resolve(giveBack()) };
}

/** A session as soon as there is a place for it. */
function connected(url: string): Promise<Client> {
  return waitFor(() => connectedOnce(url), { deadlineMs: connectDeadlineMs, intervalMs: 50, what: "a place for the oracle" });
}

async function connectedOnce(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    types: daysAsText,
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connected(url);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function query(client: Client, sql: string, parameters: readonly (string | number)[] = []): Promise<readonly SqlRow[]> {
  let number = 0;
  const { rows } = await client.query<Record<string, unknown>>(
    sql.replaceAll("?", () => `$${(number += 1)}`),
    [...parameters],
  );
  return rows;
}

async function lockTables(url: string): Promise<Hold> {
  const client = await connected(url);
  await client.query("BEGIN");
  await client.query("LOCK TABLE interface_log, interface_body, call_roll_up IN ACCESS EXCLUSIVE MODE");
  return { release: () => client.end() };
}

/** Takes every place that is free for db-sink's user, and a few times ends its sessions and takes theirs. */
async function takeConnections({ url, sinkUrl, max }: { url: string; sinkUrl: string; max: number }): Promise<Hold> {
  const taken: Client[] = [];
  for (let round = 0; round < 3; round += 1) {
    while (taken.length < max) {
      const client = await connectedOnce(sinkUrl).catch(() => undefined);
      if (client === undefined) break;
      taken.push(client);
    }
    await withClient(url, (client) =>
      client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gatelog'"),
    );
  }
  return { release: async () => void (await Promise.all(taken.map((client) => client.end().catch(() => {})))) };
}

/** Takes the roll-ups, waits until a transaction that has written calls waits for them, and then wants the calls. */
async function deadlock(client: Client): Promise<boolean> {
  // The other one, which waits for longer, is to be the one that is ended.
  await client.query("SET deadlock_timeout = '20s'");
  await client.query("BEGIN");
  await client.query("LOCK TABLE call_roll_up IN ACCESS EXCLUSIVE MODE");
  const waiting =
    "SELECT 1 FROM pg_locks WHERE NOT granted AND relation IN (SELECT oid FROM pg_class WHERE relname LIKE 'call_roll_up%' AND relkind IN ('r', 'p'))";
  const probe = async () => (await client.query(waiting)).rows.length > 0;
  const met = await waitFor(probe, { deadlineMs: deadlockMeetMs, intervalMs: 20, what: "a transaction that waits" }).then(
    () => true,
    () => false,
  );
  if (met) await client.query("LOCK TABLE interface_log IN ACCESS EXCLUSIVE MODE").catch(() => {});
  await client.query("ROLLBACK");
  return met;
}
