import { readFileSync } from "node:fs";
import { type Exit, ManagedProcess } from "@gatelog/testkit";

/** What is started. */
export interface AppServiceOptions {
  /** As it is called in messages. */
  readonly name: string;
  /** The built app. */
  readonly bundle: string;
  readonly configurationFile: string;
  readonly outputFile: string;
  readonly adminPort: number;
}

const askMs = 3000;
const stopMs = 60_000;

/** A built app as a process that is started again and again with one configuration. */
export class AppService {
  readonly #options: AppServiceOptions;
  #process: ManagedProcess | undefined;

  constructor(options: AppServiceOptions) {
    this.#options = options;
  }

  get configurationFile(): string {
    return this.#options.configurationFile;
  }

  get outputFile(): string {
    return this.#options.outputFile;
  }

  /** Starts it and does not wait. */
  launch(): void {
    this.#process = new ManagedProcess({
      command: process.execPath,
      arguments: [this.#options.bundle, "--config", this.configurationFile],
      logFile: this.outputFile,
    });
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** SIGTERM; how it ended. */
  async stop(): Promise<Exit | undefined> {
    return this.#process?.stop(stopMs);
  }

  /** **Errors**: when it has ended by itself. */
  assertRunning(): void {
    const exit = this.#process?.exit;
    if (exit !== undefined) throw new Error(`the ${this.#options.name} ended by itself with ${exit.code ?? exit.signal}`);
  }

  /** Its resident memory now; 0 while it does not run. */
  rssMiB(): number {
    try {
      const status = readFileSync(`/proc/${this.#process?.pid}/status`, "utf8");
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      return 0;
    }
  }

  /** The last of what it printed. */
  lastOutput(): string {
    return (this.#process?.output() ?? "").slice(-1500);
  }

  /** What its admin server answers. **Errors**: while it does not. */
  async ask(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.#options.adminPort}${path}`, { signal: AbortSignal.timeout(askMs) });
    return { status: answer.status, body: await answer.text() };
  }

  /** Its metrics as text; empty while it does not answer. */
  async metrics(): Promise<string> {
    return this.ask("/metrics").then(
      ({ body }) => body,
      () => "",
    );
  }
}
