import { PrismaPg } from "@prisma/adapter-pg";
import { Pool } from "pg";
import type { PrismaClient } from "../generated/postgresql/client/client.ts";
import { checkSql, type CallKey, type ReadClient } from "./read-client.ts";

const connectionsMax = 4;
const connectionTimeoutMs = 5000;
/** A question that takes longer is given up, so that a page never hangs. */
const statementTimeoutMs = 15_000;

/** Reads PostgreSQL through Prisma, on a pool of its own. */
export class PostgresqlClient implements ReadClient {
  readonly #pool: Pool;
  #prisma: Promise<PrismaClient> | undefined;

  constructor(url: string) {
    this.#pool = new Pool({
      connectionString: url,
      max: connectionsMax,
      connectionTimeoutMillis: connectionTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + connectionTimeoutMs,
      keepAlive: true,
      application_name: "gatelog-reader",
    });
    // Prisma's adapter takes every time to be in UTC, whatever offset the server writes. Settings of a session, since a URL may
    // have `options` of its own.
    this.#pool.on("connect", (client) => {
      client.query("SET TIME ZONE 'UTC'; SET default_transaction_read_only = on").catch(() => {});
    });
    // An idle connection that the server ended is replaced with the next question; unheard, the event would end the process.
    this.#pool.on("error", () => {});
  }

  async check(): Promise<void> {
    await this.#pool.query(checkSql);
  }

  async query(statement: { readonly sql: string; readonly values: readonly (string | number)[] }) {
    const prisma = await this.#client();
    return prisma.$queryRawUnsafe<Readonly<Record<string, unknown>>[]>(statement.sql, ...statement.values);
  }

  async logs(keys: readonly CallKey[]) {
    const prisma = await this.#client();
    const days = [...new Set(keys.map(({ day }) => day))].map(midnight);
    return prisma.interfaceLog.findMany({ where: { eventDay: { in: days }, id: { in: keys.map(({ id }) => id) } } });
  }

  async call({ day, id }: CallKey) {
    const prisma = await this.#client();
    const found = await prisma.interfaceLog.findUnique({
      where: { eventDay_id: { eventDay: midnight(day), id } },
      include: { body: true },
    });
    if (found === null) return null;
    const { body, ...log } = found;
    return { log, body };
  }

  async close(): Promise<void> {
    await (await this.#prisma)?.$disconnect();
    await this.#pool.end();
  }

  #client(): Promise<PrismaClient> {
    this.#prisma ??= connect(this.#pool);
    return this.#prisma;
  }
}

function midnight(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

async function connect(pool: Pool): Promise<PrismaClient> {
  const generated = await import("../generated/postgresql/client/client.ts");
  return new generated.PrismaClient({ adapter: new PrismaPg(pool) });
}
