import cluster, { type Worker } from "node:cluster";
import type { AppSignal } from "../app.ts";
import { StartError } from "../start-error.ts";
import { closeUntaken } from "./close-untaken.ts";
import { workerVariable, type Answers, type FromWorker, type Question, type RunMessage, type ToWorker } from "./messages.ts";

/** How long the primary waits for a worker's answer. */
const answerMsMax = 2000;

/** How a worker ended: its code or the signal that ended it. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A worker as the primary sees it, from its fork to its end. */
export class WorkerProcess {
  /** Its ports, once it works; rejects with what it says, or how it ended, when it cannot start. */
  readonly started: Promise<Readonly<Record<string, number>>>;
  readonly exited: Promise<WorkerExit>;
  readonly #worker: Worker;
  readonly #onListens: (signal: AppSignal) => void;
  readonly #questions = new Map<Question, { promise: Promise<unknown>; answer: (value: unknown) => void }>();
  #isExited = false;
  #onStarted: (ports: Readonly<Record<string, number>>) => void = () => undefined;
  #onFailed: (error: Error) => void = () => undefined;

  /** **Errors**: what fork throws when the machine has no process left. */
  constructor(run: Omit<RunMessage, "type">, onListens: (signal: AppSignal) => void) {
    this.#onListens = onListens;
    this.#worker = cluster.fork({ [workerVariable]: String(run.slot) });
    closeUntaken(this.#worker);
    this.started = new Promise((resolve, reject) => {
      this.#onStarted = resolve;
      this.#onFailed = reject;
    });
    // Whoever waits for it hears of it; a worker that ends later was started long ago.
    this.started.catch(() => undefined);
    this.exited = new Promise((resolve) => this.#watchEnd(run.slot, resolve));
    this.#worker.on("message", (message: FromWorker) => this.#take(message, run));
  }

  /** Asks it to drain and end, once it has started. */
  stop(): void {
    void this.started.then(
      () => this.#tell({ type: "stop" }),
      () => undefined,
    );
  }

  /** Passes a signal on, by message: a process that does not listen to it yet would end or open a debugger. */
  signal(signal: AppSignal): void {
    this.#tell({ type: "signal", signal });
  }

  /** Ends it at once, without draining. */
  kill(): void {
    if (!this.#isExited) this.#worker.process.kill("SIGKILL");
  }

  /** Its answer; `undefined` when there is none in time. Who asks meanwhile shares the answer. */
  ask<Q extends Question>(question: Q): Promise<Answers[Q] | undefined> {
    const asked = this.#questions.get(question);
    if (asked !== undefined) return asked.promise as Promise<Answers[Q] | undefined>;
    if (this.#isExited) return Promise.resolve(undefined);
    let settle: (value: unknown) => void = () => undefined;
    const promise = new Promise<unknown>((resolve) => (settle = resolve));
    const timer = setTimeout(() => answer(undefined), answerMsMax);
    const answer = (value: unknown) => {
      clearTimeout(timer);
      this.#questions.delete(question);
      settle(value);
    };
    this.#questions.set(question, { promise, answer });
    this.#tell({ type: "ask", question });
    return promise as Promise<Answers[Q] | undefined>;
  }

  #take(message: FromWorker, run: Omit<RunMessage, "type">): void {
    if (message.type === "hello") this.#tell({ type: "run", ...run });
    else if (message.type === "started") this.#onStarted(message.ports);
    else if (message.type === "failed")
      this.#onFailed(message.isForOperator ? new StartError(message.message) : new Error(message.message));
    else if (message.type === "listens") this.#onListens(message.signal);
    else this.#questions.get(message.question)?.answer(message.answer);
  }

  #watchEnd(slot: number, resolve: (exit: WorkerExit) => void): void {
    const ended = (exit: WorkerExit, why: string) => {
      this.#isExited = true;
      this.#onFailed(new StartError(`worker ${slot} ${why} before it had started`));
      resolve(exit);
      for (const { answer } of this.#questions.values()) answer(undefined);
    };
    this.#worker.once("exit", (code: number | null, signal: string | null) => ended({ code, signal }, describeExit({ code, signal })));
    this.#worker.on("error", (error: Error) => {
      // A process that could not be made never exits; other errors are of the channel, whose end the worker notices itself.
      if (this.#worker.process.pid === undefined) ended({ code: null, signal: null }, `could not be forked (${error.message})`);
    });
  }

  #tell(message: ToWorker): void {
    // A worker that has just ended does not take it: its exit is what counts.
    this.#worker.process.send(message, undefined, undefined, () => undefined);
  }
}

/** e.g. `ended with code 1`, `was ended by SIGKILL` */
export function describeExit({ code, signal }: WorkerExit): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
}
