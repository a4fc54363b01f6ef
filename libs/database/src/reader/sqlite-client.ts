import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { DatabaseError } from "../errors.ts";
import type { PrismaClient } from "../generated/sqlite/client/client.ts";
import { checkSql, type CallKey, type ReadClient } from "./read-client.ts";

/** How long a read waits for a lock, in ms; with WAL it never does, but for a recovery. */
const busyTimeoutMs = 5000;

/**
 * Reads a SQLite file through Prisma. Never creates the file: while it is not there, everything fails with
 * GATELOG_DATABASE_NOT_READY, and when it was replaced the new one is opened.
 */
export class SqliteClient implements ReadClient {
  readonly #file: string;
  #open: { readonly prisma: Promise<PrismaClient>; readonly inode: bigint } | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  async check(): Promise<void> {
    await this.query({ sql: checkSql, values: [] });
  }

  async query(statement: { readonly sql: string; readonly values: readonly (string | number)[] }) {
    const prisma = await this.#prisma();
    return prisma.$queryRawUnsafe<Readonly<Record<string, unknown>>[]>(statement.sql, ...statement.values);
  }

  async logs(keys: readonly CallKey[]) {
    const prisma = await this.#prisma();
    const days = [...new Set(keys.map(({ day }) => day))];
    return prisma.interfaceLog.findMany({ where: { eventDay: { in: days }, id: { in: keys.map(({ id }) => id) } } });
  }

  async call({ day, id }: CallKey) {
    const prisma = await this.#prisma();
    const found = await prisma.interfaceLog.findUnique({ where: { eventDay_id: { eventDay: day, id } }, include: { body: true } });
    if (found === null) return null;
    const { body, ...log } = found;
    return { log, body };
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await (await open?.prisma)?.$disconnect();
  }

  async #prisma(): Promise<PrismaClient> {
    const inode = statSync(this.#file, { bigint: true, throwIfNoEntry: false })?.ino;
    if (this.#open !== undefined && this.#open.inode !== inode) await this.close();
    if (inode === undefined) {
      throw new DatabaseError("GATELOG_DATABASE_NOT_READY", `there is no database file ${this.#file} yet; db-sink creates it`);
    }
    this.#open ??= { inode, prisma: connect(this.#file) };
    return this.#open.prisma;
  }
}

async function connect(file: string): Promise<PrismaClient> {
  const generated = await import("../generated/sqlite/client/client.ts");
  return new generated.PrismaClient({ adapter: new PrismaLibSql({ url: pathToFileURL(file).href, timeout: busyTimeoutMs }) });
}
