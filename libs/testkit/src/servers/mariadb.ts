import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { ManagedProcess } from "../managed-process.ts";
import { waitFor } from "../wait-for.ts";
import { dataDirectoryOf, giveToDatabase, serve, type Server, type ServerOptions } from "./server.ts";

/** A real MariaDB on loopback, from Debian's packages. */
export interface MariadbServer extends Server {
  /** `mysql://root@127.0.0.1:port/gatelog` */
  readonly url: string;
}

/** What has to be installed, and where it then lies. The system service that Debian may start with it is not used. */
export const mariadbPackages = { path: "/usr/sbin/mariadbd", packages: ["mariadb-server"] } as const;

const installProgram = "/usr/bin/mariadb-install-db";

/** Starts MariaDB with a database `gatelog` and a superuser `root` without password. Ready in about two seconds. */
export async function startMariadb(
  options: ServerOptions & { readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<MariadbServer> {
  if (!existsSync(mariadbPackages.path)) {
    throw new Error(
      `${mariadbPackages.path} not found: install mariadb-server (as root: apt-get install --no-install-recommends mariadb-server)`,
    );
  }
  const port = options.port ?? (await freePort());
  const directory = await dataDirectoryOf(options, "mariadb");
  const data = join(directory.path, "data");
  const logFile = join(directory.path, "server.log");
  giveToDatabase(directory.path);
  if (!existsSync(join(data, "mysql"))) await makeDataDirectory(data, logFile);
  // A server that starts removes the temporary tables of whoever shares its tmpdir.
  const places = { socket: join(directory.path, "server.sock"), tmpdir: directory.path };
  const settings = { "bind-address": "127.0.0.1", ...places, ...options.settings };
  const launch = async () => {
    rmSync(join(data, "server.pid"), { force: true });
    const server = new ManagedProcess({
      command: mariadbPackages.path,
      arguments: [
        "--no-defaults",
        `--datadir=${data}`,
        `--port=${port}`,
        `--pid-file=${join(data, "server.pid")}`,
        ...Object.entries(settings).map(([key, value]) => `--${key}=${value}`),
      ],
      logFile,
      cwd: "/",
      unprivileged: true,
      detached: options.detached ?? false,
    });
    await waitFor(
      () => {
        if (server.exit) throw new Error(`MariaDB ended: ${server.output().slice(-1000)}`);
        return ensureDatabase(port);
      },
      { deadlineMs: 60_000, intervalMs: 50, what: "MariaDB" },
    );
    return server;
  };
  const server = await serve({ port, directory, logFile, launch });
  return Object.defineProperties(
    { url: `mysql://root@127.0.0.1:${port}/gatelog` },
    Object.getOwnPropertyDescriptors(server),
  ) as MariadbServer;
}

async function makeDataDirectory(data: string, logFile: string): Promise<void> {
  const install = new ManagedProcess({
    command: installProgram,
    arguments: ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"],
    logFile,
    cwd: "/",
    unprivileged: true,
  });
  const exit = await install.exited;
  if (exit.code !== 0) throw new Error(`MariaDB's data directory could not be made: ${install.output().slice(-1000)}`);
}

async function ensureDatabase(port: number): Promise<boolean> {
  const { createConnection } = await import("mariadb");
  const connection = await createConnection({ host: "127.0.0.1", port, user: "root", connectTimeout: 2000 });
  try {
    connection.on("error", () => {});
    await connection.query("CREATE DATABASE IF NOT EXISTS gatelog CHARACTER SET utf8mb4");
    return true;
  } finally {
    await connection.end();
  }
}
