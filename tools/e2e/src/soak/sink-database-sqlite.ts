import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import type { SinkDatabase } from "./sink-database.ts";

const busyMs = 10_000;

/** A SQLite file: there is no server to break. */
export function openSqlite(directory: string): SinkDatabase {
  const url = `file:${join(directory, "soak.db")}`;
  return {
    url,
    server: undefined,
    query: (sql, parameters = []) =>
      withClient(url, async (client) => {
        const { rows } = await client.execute({ sql, args: [...parameters] });
        return rows;
      }),
    refuse: (operation) =>
      withClient(url, async (client) => {
        // A table that is there takes no CHECK any more; a trigger refuses with the same kind of error.
        await client.execute(
          `CREATE TRIGGER soak_refuses BEFORE INSERT ON interface_log WHEN NEW.operation = '${operation}' BEGIN SELECT RAISE(ABORT, 'soak_refuses'); END`,
        );
      }),
    lockTables: async () => {
      const client = createClient({ url, timeout: busyMs });
      const transaction = await client.transaction("write");
      return {
        release: async () => {
          await transaction.rollback();
          client.close();
        },
      };
    },
    stop: () => Promise.resolve(),
  };
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient({ url, timeout: busyMs });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
