import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import type { Connection, Pool, QueryOptions } from "mariadb";
import type { PrismaClient } from "../generated/mysql/client/client.ts";
import type { MysqlTarget } from "../mysql/mysql-options.ts";
import { MysqlPool } from "../mysql/mysql-pool.ts";
import { MysqlSession } from "../mysql/mysql-session.ts";
import { checkSql, type CallKey, type ReadClient } from "./read-client.ts";

const connectionsMax = 4;
/** A question that takes longer is given up, so that a page never hangs. */
const statementTimeoutMs = 15_000;

/** Reads MySQL and MariaDB through Prisma, on a pool of its own. */
export class MysqlClient implements ReadClient {
  readonly #pool: MysqlPool;
  #prisma: Promise<PrismaClient> | undefined;

  constructor(target: MysqlTarget) {
    this.#pool = new MysqlPool({
      open: () => MysqlSession.open(target, { statementTimeoutMs, isReader: true }),
      sessionsMax: connectionsMax,
      hasTransactions: false,
    });
  }

  async check(): Promise<void> {
    await this.query({ sql: checkSql, values: [] });
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
    await this.#pool.close();
  }

  #client(): Promise<PrismaClient> {
    this.#prisma ??= connect(this.#pool);
    return this.#prisma;
  }
}

function midnight(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

async function connect(pool: MysqlPool): Promise<PrismaClient> {
  const generated = await import("../generated/mysql/client/client.ts");
  return new generated.PrismaClient({ adapter: new PrismaMariaDb(adapterPool(pool), { disposeExternalPool: false }) });
}

/**
 * The part of the driver's pool that Prisma uses for questions. The driver's own one keeps silent about why it has no connection until its time is
 * over, and one that it was opening when it was closed can end the process.
 */
function adapterPool(pool: MysqlPool): Pool {
  const on = <T>(work: (connection: Connection) => Promise<T>) => pool.with((session) => session.raw(work), isAnswer);
  const used: Pick<Pool, "query" | "execute" | "getConnection"> = {
    query: (sql: string | QueryOptions, values?: unknown) => on((connection) => connection.query(sql, values)),
    execute: (sql: string | QueryOptions, values?: unknown) => on((connection) => connection.execute(sql, values)),
    getConnection: () => Promise.reject(new Error("a reader has no transactions")),
  };
  return used as Pool;
}

/** An error that the server answered with leaves the session as it was. */
function isAnswer(error: unknown): boolean {
  const { errno, fatal } = (error ?? {}) as { errno?: unknown; fatal?: unknown };
  return typeof errno === "number" && fatal !== true;
}
