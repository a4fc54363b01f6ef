import type { Clock } from "@gatelog/pipeline";
import { AdminRefusal } from "@gatelog/service-kit";
import { type Config, outputName } from "./config.ts";
import { DeadLetterStore, type KeptLetter, type LetterFilter, type LetterPage, type Settlement } from "./dead-letter-store.ts";
import { letterHead, wholeLetter } from "./dead-letter-view.ts";
import type { Metrics } from "./metrics.ts";
import { isInDirectory, LetterReplay } from "./replay-letters.ts";
import type { Reports } from "./reports.ts";

export interface DeadLetterDeskOptions {
  /** As it is now. */
  readonly config: () => Config;
  readonly resolvePath: (path: string) => string;
  readonly reports: Reports;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** A replay or a purge, while it goes on and afterwards. */
export interface LetterJob {
  readonly kind: "replay" | "purge";
  readonly isRunning: boolean;
  /** ISO UTC. */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly replayed: number;
  /** Refused again by their output; they stay. */
  readonly refused: number;
  readonly purged: number;
  /** Of outputs that the configuration does not have, or that write into files, which this process itself holds; they stay. */
  readonly left: number;
  /** Why it ended early. */
  readonly error?: string;
}

/**
 * The dead letters for whoever asks the running processor: read at any time, replayed and purged by one job at a time. It holds the letters only while
 * they are asked for, so that `processor dlq` can have them in between.
 *
 * **Guarantee**: as LetterReplay and DeadLetterStore: a letter is gone when it is durable in its output, or was purged; the outputs that run are not held up.
 * **Errors**: StartError while a command is at the letters.
 */
export class DeadLetterDesk {
  readonly #options: DeadLetterDeskOptions;
  readonly #stopping = new AbortController();
  #store: Promise<DeadLetterStore | undefined> | undefined;
  #closing: Promise<void> = Promise.resolve();
  #users = 0;
  #job: LetterJob | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(options: DeadLetterDeskOptions) {
    this.#options = options;
  }

  /** Heads of letters, oldest first. */
  list(filter: LetterFilter, page: { readonly from: number; readonly limit: number }): Promise<LetterPage<ReturnType<typeof letterHead>>> {
    return this.#use(async (store) => (await store?.page(filter, { ...page, view: letterHead })) ?? { letters: [], next: undefined });
  }

  show(offset: number): Promise<ReturnType<typeof wholeLetter> | undefined> {
    return this.#use(async (store) => {
      const letter = await store?.find(offset);
      return letter && wholeLetter(letter);
    });
  }

  /** The job that goes on, or the last one. */
  get job(): LetterJob | undefined {
    return this.#job;
  }

  /** Begins a job, and resolves when it has begun. **Errors**: AdminRefusal 409 while another goes on; StartError. */
  async begin(kind: LetterJob["kind"], filter: LetterFilter): Promise<void> {
    if (this.#job?.isRunning === true) throw new AdminRefusal(409, `a ${this.#job.kind} of dead letters goes on: wait until it has ended`);
    if (kind === "replay") this.#refuseImpossible(filter.output);
    const before = this.#job;
    this.#job = { kind, isRunning: true, startedAt: this.#time(), replayed: 0, refused: 0, purged: 0, left: 0 };
    await new Promise<void>((begun, failed) => {
      const work = this.#use(async (store) => {
        begun();
        if (store !== undefined) await (kind === "replay" ? this.#replay(store, filter) : this.#purge(store, filter));
      });
      this.#working = work.then(
        () => this.#end(),
        (error: unknown) => {
          this.#end(error);
          failed(error);
        },
      );
    }).catch((error: unknown) => {
      this.#job = before;
      throw error;
    });
  }

  /** Resolves when no job goes on, or after `msMax`. */
  async settled(msMax: number, signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    await Promise.race([this.#working, this.#options.clock.sleep(msMax, AbortSignal.any([signal, enough.signal]))]);
    enough.abort();
  }

  /** Ends a job early; its letters stay. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
    await this.#closing;
  }

  #refuseImpossible(output: string | undefined): void {
    const config = this.#options.config();
    if (output !== undefined && !replayable(config).has(output)) throw new AdminRefusal(409, whyNot(output, config));
  }

  async #replay(store: DeadLetterStore, filter: LetterFilter): Promise<void> {
    const { reports, resolvePath } = this.#options;
    const config = this.#options.config();
    const possible = replayable(config);
    const replayer = new LetterReplay({ config, resolvePath, reports, signal: this.#stopping.signal });
    try {
      await store.walk(filter, async (letters) => {
        if (this.#stopping.signal.aborted) return false;
        const meant = letters.filter((letter) => possible.has(letter.output));
        const settled = await replayer.replay(meant);
        this.#note(letters, settled, "replayed");
        return settled;
      });
    } finally {
      await replayer.close();
    }
  }

  async #purge(store: DeadLetterStore, filter: LetterFilter): Promise<void> {
    await store.walk(filter, (letters) => {
      if (this.#stopping.signal.aborted) return Promise.resolve(false);
      const settled = { done: letters.map(({ offset }) => offset), refused: [] };
      this.#note(letters, settled, "purged");
      return Promise.resolve(settled);
    });
  }

  #note(letters: readonly KeptLetter[], { done, refused }: Settlement, outcome: "replayed" | "purged"): void {
    const { deadLettersSettled } = this.#options.metrics;
    const outputOf = new Map(letters.map(({ offset, output }) => [offset, output]));
    for (const offset of done) deadLettersSettled.inc({ output: outputOf.get(offset) ?? "", outcome });
    for (const { offset } of refused) deadLettersSettled.inc({ output: outputOf.get(offset) ?? "", outcome: "refused" });
    const job = this.#job;
    if (job === undefined) return;
    this.#job = {
      ...job,
      [outcome]: job[outcome] + done.length,
      refused: job.refused + refused.length,
      left: job.left + letters.length - done.length - refused.length,
    };
  }

  #end(error?: unknown): void {
    if (this.#job === undefined) return;
    const reason = error instanceof Error ? error.message : undefined;
    this.#job = { ...this.#job, isRunning: false, endedAt: this.#time(), ...(reason === undefined ? {} : { error: reason }) };
    const { kind, replayed, refused, purged, left } = this.#job;
    const message = `a ${kind} of dead letters has ended${reason === undefined ? "" : `: ${reason}`}`;
    this.#options.reports.say(
      { code: "GATELOG_PROCESSOR_DEAD_LETTERS_SETTLED", level: reason === undefined ? "info" : "warn", message },
      { replayed, refused, purged, left },
    );
  }

  #time(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }

  async #use<T>(work: (store: DeadLetterStore | undefined) => Promise<T>): Promise<T> {
    this.#users += 1;
    this.#store ??= this.#closing.then(() => DeadLetterStore.open(this.#options.config().buffer.dir));
    const opened = this.#store;
    try {
      return await work(await opened);
    } finally {
      this.#users -= 1;
      if (this.#users === 0) {
        this.#store = undefined;
        this.#closing = opened.then((store) => store?.close()).catch(() => undefined);
      }
    }
  }
}

/** Names of the outputs that this process can write letters to beside its own writing. */
function replayable({ outputs }: Config): ReadonlySet<string> {
  return new Set(outputs.filter((output) => !isInDirectory(output)).map(outputName));
}

function whyNot(output: string, { outputs }: Config): string {
  return outputs.map(outputName).includes(output)
    ? `the output ${output} writes into files, which this processor holds: stop it, and use \`processor dlq replay\``
    : `there is no output ${output}; there are ${outputs.map(outputName).join(", ")}`;
}
