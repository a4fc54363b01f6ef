import { ManagedProcess, waitFor } from "@gatelog/testkit";
import type { SenderMessage, SenderOptions, SenderReport } from "./sender-protocol.ts";

const readyDeadlineMs = 30_000;

/** The process that sends the events. */
export class Sender {
  readonly #process: ManagedProcess;
  #isReady = false;
  #report: SenderReport | undefined;
  #failure: string | undefined;
  /** Events that were acknowledged so far. */
  acknowledged = 0;

  /** Resolves when it has made its events and waits for `go`. */
  static async start(program: string, options: SenderOptions, logFile: string): Promise<Sender> {
    const child = new ManagedProcess({ command: process.execPath, arguments: [program, JSON.stringify(options)], logFile, ipc: true });
    const sender = new Sender(child);
    try {
      await waitFor(() => sender.#isReady || child.exit !== undefined, { deadlineMs: readyDeadlineMs, what: "the sender" });
      sender.#check();
    } catch (error) {
      await child.stop();
      throw error;
    }
    return sender;
  }

  private constructor(child: ManagedProcess) {
    this.#process = child;
    child.child.on("message", (message: SenderMessage) => this.#onMessage(message));
  }

  get pid(): number {
    return this.#process.pid;
  }

  go(): void {
    this.#process.child.send("go");
  }

  /** What it did, when every event is acknowledged; undefined before. **Errors**: when it failed. */
  report(): SenderReport | undefined {
    this.#check();
    return this.#report;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  #check(): void {
    const failure =
      this.#failure ?? (this.#process.exit !== undefined && this.#report === undefined ? this.#process.output().slice(-1500) : undefined);
    if (failure !== undefined) throw new Error(`the sender failed: ${failure}`);
  }

  #onMessage(message: SenderMessage): void {
    if (message.type === "ready") this.#isReady = true;
    else if (message.type === "progress") this.acknowledged = message.acknowledged;
    else if (message.type === "failed") this.#failure = message.reason;
    else this.#report = message.report;
  }
}
