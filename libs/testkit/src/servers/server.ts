import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { dropsPrivileges, type ManagedProcess } from "../managed-process.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

/** How a server is started: where its data lives, on which port, and whether it outlives this process. */
export interface ServerOptions {
  /** Kept after stop; by default a temporary directory that `stop` removes. */
  readonly dataDirectory?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly detached?: boolean;
}

/** A real server that a test can freeze, kill and start again on the same port and data. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Freezes it (SIGSTOP): connections hang, as with a machine that stopped answering. */
  pause(): void;
  resume(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port and data. Resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it and removes what it made. */
  stop(): Promise<void>;
}

/** The data directory of a server, and how to remove it. */
export async function dataDirectoryOf(options: ServerOptions, prefix: string): Promise<{ path: string; remove(): Promise<void> }> {
  if (options.dataDirectory === undefined) return temporaryDirectory(`gatelog-${prefix}-`);
  mkdirSync(options.dataDirectory, { recursive: true });
  return { path: options.dataDirectory, remove: () => Promise.resolve() };
}

/** `nobody` and `nogroup` of Debian, which databases run as when this process is root. */
const nobody = { uid: 65_534, gid: 65_534 };

/** Gives a directory to whom the database runs as. **Errors**: one sentence where that user cannot get there. */
export function giveToDatabase(directory: string): void {
  if (!dropsPrivileges) return;
  chownSync(directory, nobody.uid, nobody.gid);
  const asNobody = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "test", "-w", directory];
  if (spawnSync("setpriv", asNobody, { cwd: "/" }).status === 0) return;
  throw new Error(
    `databases do not run as root but as nobody, who cannot get to ${directory}: a directory above it is private; put the repository elsewhere, or run this as another user than root`,
  );
}

/** The process once it answers; one that does not answer in time is not left running. */
export async function orKill(launched: ManagedProcess, answers: Promise<unknown>): Promise<ManagedProcess> {
  try {
    await answers;
    return launched;
  } catch (error) {
    await launched.kill();
    throw error;
  }
}

/** The part that all servers share, around `launch`, which starts the process and resolves when it answers. */
export async function serve(parts: {
  readonly port: number;
  readonly directory: { path: string; remove(): Promise<void> };
  readonly logFile: string;
  launch(): Promise<ManagedProcess>;
}): Promise<Server> {
  let current = await parts.launch();
  return {
    port: parts.port,
    logFile: parts.logFile,
    get pid() {
      return current.pid;
    },
    pause: () => current.pause(),
    resume: () => current.resume(),
    kill: async () => void (await current.kill()),
    restart: async () => {
      await current.kill();
      current = await parts.launch();
    },
    stop: async () => {
      current.resume();
      await current.stop();
      await parts.directory.remove();
    },
  };
}
