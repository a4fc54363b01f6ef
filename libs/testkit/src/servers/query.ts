type Row = Record<string, unknown>;

/** One question to PostgreSQL over a connection of its own: a look into a database that is not the product's. */
export async function queryPostgres(url: string, sql: string): Promise<Row[]> {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<Row>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

/** The same to MariaDB; times are read as UTC. Nothing comes of a statement that is no question. */
export async function queryMariadb(url: string, sql: string): Promise<Row[]> {
  const { createConnection } = await import("mariadb");
  const { hostname: host, port, username: user, pathname } = new URL(url);
  const database = pathname.slice(1);
  const connection = await createConnection({ host, port: Number(port), user, database, bigIntAsNumber: true, timezone: "Z" });
  try {
    const result = await connection.query<unknown>(sql);
    return Array.isArray(result) ? Array.from(result as Row[]) : [];
  } finally {
    await connection.end();
  }
}
