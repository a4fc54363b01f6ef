import { spawn, spawnSync, type ChildProcess, type StdioOptions } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { waitFor } from "./wait-for.ts";

/** What to run, and where its output goes. */
export interface ProcessOptions {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Both output streams are appended here. */
  readonly logFile: string;
  /** Runs as `nobody` when this process is root (PostgreSQL refuses to run as root). */
  readonly unprivileged?: boolean;
  /** Survives this process (`npm run infra`); by default it is killed when its parent dies. */
  readonly detached?: boolean;
  /** An IPC channel, for apps that report their ports. */
  readonly ipc?: boolean;
}

/** How a process ended: its code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process that a test drives: waits for its output, stops, kills, freezes and resumes it by pid. */
export class ManagedProcess {
  readonly child: ChildProcess;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  exit: Exit | undefined;

  constructor(options: ProcessOptions) {
    mkdirSync(dirname(options.logFile), { recursive: true });
    const log = openSync(options.logFile, "a");
    const stdio: StdioOptions = options.ipc ? ["ignore", log, log, "ipc"] : ["ignore", log, log];
    const [command, ...rest] = [...prefixOf(options), options.command, ...options.arguments];
    this.logFile = options.logFile;
    this.child = spawn(command as string, rest, {
      stdio,
      env: { ...process.env, ...options.env },
      detached: options.detached ?? false,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    closeSync(log);
    this.exited = new Promise((resolve) => {
      const done = (code: number | null, signal: NodeJS.Signals | null) => resolve((this.exit ??= { code, signal }));
      this.child.once("exit", done);
      this.child.once("error", () => done(127, null));
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  output(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, "utf8") : "";
  }

  /** Waits until the output holds `text`; an exit before that is an error with the end of the output. */
  async waitForOutput(text: string, deadlineMs = 60_000): Promise<void> {
    await waitFor(
      () => {
        if (this.output().includes(text)) return true;
        if (this.exit) throw new Error(`it ended with ${this.exit.code ?? this.exit.signal}`);
        return false;
      },
      { deadlineMs, what: `"${text}" in ${this.logFile}` },
    ).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; its output ends with:\n${this.output().slice(-1500)}`, { cause: error });
    });
  }

  /** SIGTERM, and SIGKILL after the deadline. Returns how it ended. */
  async stop(deadlineMs = 15_000): Promise<Exit> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), deadlineMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  async kill(): Promise<Exit> {
    this.signal("SIGKILL");
    return this.exited;
  }

  pause(): void {
    this.signal("SIGSTOP");
  }

  resume(): void {
    this.signal("SIGCONT");
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.exit && this.child.pid !== undefined) process.kill(this.child.pid, signal);
  }
}

const hasSetpriv = process.platform === "linux" && spawnSync("setpriv", ["--version"]).status === 0;

/** True where servers that refuse to run as root are run as `nobody` instead. */
export const dropsPrivileges = hasSetpriv && process.getuid?.() === 0;

/** `setpriv` execs the command, so that the pid is the server's own. */
function prefixOf(options: ProcessOptions): string[] {
  if (!hasSetpriv) return [];
  const flags: string[] = [];
  if (!options.detached) flags.push("--pdeathsig", "KILL");
  if (options.unprivileged && dropsPrivileges) flags.push("--reuid=nobody", "--regid=nogroup", "--clear-groups");
  return flags.length > 0 ? ["setpriv", ...flags] : [];
}
