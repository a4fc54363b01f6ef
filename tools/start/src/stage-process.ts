import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";

/** What a stage says about itself once it listens. */
export interface Listening {
  readonly type: "listening";
  readonly admin?: { readonly host: string; readonly port: number };
  readonly port?: number;
}

/** How to run a stage and where its log goes. */
export interface StageProcessOptions {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Called for every warning and error that the stage logs, and for what it prints to stderr. */
  readonly onProblem: (text: string) => void;
  readonly onExit: (exit: { code: number | null; signal: NodeJS.Signals | null }) => void;
}

/**
 * A stage as a child process in a process group of its own, so that Ctrl-C reaches only the supervisor, which stops the
 * stages in order. The child ends by itself when the IPC channel closes, so that a killed supervisor leaves no orphans.
 */
export class StageProcess {
  readonly name: string;
  readonly listening: Promise<Listening>;
  readonly exited: Promise<number>;
  readonly #child: ChildProcess;
  readonly #log: WriteStream;

  constructor(options: StageProcessOptions) {
    this.name = options.name;
    this.#log = createWriteStream(options.logFile, { flags: "a" });
    this.#child = spawn(process.execPath, ["--enable-source-maps", ...options.arguments], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...options.env },
    });
    this.#forwardLines(options.onProblem);
    this.listening = new Promise((resolve) => {
      this.#child.on("message", (message) => {
        if ((message as Listening).type === "listening") resolve(message as Listening);
      });
    });
    this.exited = new Promise((resolve) => {
      this.#child.once("error", (error) => options.onProblem(error.message));
      this.#child.once("exit", (code, signal) => {
        options.onExit({ code, signal });
        resolve(code ?? 1);
      });
    });
  }

  /** SIGTERM, SIGKILL after the deadline. Returns the exit code, 1 for a signal. */
  async stop(deadlineMs: number): Promise<number> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), deadlineMs);
    const code = await this.exited;
    clearTimeout(timer);
    return code;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #forwardLines(onProblem: (text: string) => void): void {
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) return;
    createInterface({ input: stdout }).on("line", (line) => {
      this.#log.write(`${line}\n`);
      const problem = problemOf(line);
      if (problem) onProblem(problem);
    });
    createInterface({ input: stderr }).on("line", (line) => {
      this.#log.write(`${line}\n`);
      onProblem(line);
    });
  }
}

/** The message of a pino line of level warn (40) and above. */
function problemOf(line: string): string | undefined {
  if (!line.startsWith('{"level":') || line.startsWith('{"level":30') || line.startsWith('{"level":20')) return undefined;
  try {
    const { level, msg, reason } = JSON.parse(line) as { level?: number; msg?: string; reason?: string };
    return typeof level === "number" && level >= 40 ? [msg, reason].filter(Boolean).join(": ") : undefined;
  } catch {
    return undefined;
  }
}
