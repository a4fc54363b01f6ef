import { setTimeout as sleep } from "node:timers/promises";
import { ManagedProcess, waitFor } from "@gatelog/testkit";
import type { ReceiverMessage, ReceiverOptions, ReceiverReport } from "./receiver-protocol.ts";

const answerDeadlineMs = 30_000;
/** So long a sender may deliver nothing before it has failed; longer than any stall of ours. */
const silenceMsMax = 60_000;
const reportIntervalMs = 1000;
const lookIntervalMs = 2;

/** How to start the receiver. */
export interface ReceiverStart extends ReceiverOptions {
  readonly program: string;
  readonly logFile: string;
}

/** The receiver, a process of its own. */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #process: ManagedProcess;
  #port = 0;
  #reached: ReceiverReport | undefined;
  #waiting: ((report: ReceiverReport) => void)[] = [];

  static async start({ program, logFile, ...options }: ReceiverStart): Promise<Receiver> {
    const child = new ManagedProcess({ command: process.execPath, arguments: [program, JSON.stringify(options)], logFile, ipc: true });
    const receiver = new Receiver(child, options);
    try {
      await waitFor(() => receiver.#port > 0, { deadlineMs: answerDeadlineMs, what: "the receiver" });
    } catch (error) {
      await receiver.stop();
      throw new Error(`the receiver did not start: ${child.output().slice(-1500)}`, { cause: error });
    }
    return receiver;
  }

  constructor(child: ManagedProcess, options: ReceiverOptions) {
    this.#options = options;
    this.#process = child;
    child.child.on("message", (message: ReceiverMessage) => this.#onMessage(message));
  }

  get port(): number {
    return this.#port;
  }

  /** What it has seen so far. */
  report(): Promise<ReceiverReport> {
    let timer: NodeJS.Timeout;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the receiver does not answer: ${this.#process.output().slice(-1500)}`)), answerDeadlineMs);
    });
    const answer = new Promise<ReceiverReport>((resolve) => this.#waiting.push(resolve));
    this.#process.child.send("report");
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }

  /** Resolves when the expected number has come. **Errors**: what `check` throws; a stream that cannot be counted; when nothing comes any more. */
  async untilReached(check: () => void): Promise<ReceiverReport> {
    let latest = await this.report();
    let reportAt = performance.now() + reportIntervalMs;
    let aliveAt = performance.now();
    while (this.#reached === undefined) {
      check();
      await sleep(lookIntervalMs);
      if (performance.now() < reportAt) continue;
      const report = await this.report();
      if (report.events > latest.events) aliveAt = performance.now();
      else if (performance.now() - aliveAt > silenceMsMax)
        throw new Error(`${report.events} of ${this.#options.expectedEvents} events came, and none for ${silenceMsMax / 1000} s`);
      latest = report;
      reportAt = performance.now() + reportIntervalMs;
    }
    if (this.#reached.problem !== undefined) throw new Error(`what came could not be counted: ${this.#reached.problem}`);
    return this.#reached;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  #onMessage(message: ReceiverMessage): void {
    if (message.type === "listening") {
      this.#port = message.port;
      return;
    }
    const { report } = message;
    if (report.reachedAtMs !== undefined || report.problem !== undefined) this.#reached ??= report;
    for (const resolve of this.#waiting.splice(0)) resolve(report);
  }
}
