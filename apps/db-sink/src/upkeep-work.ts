import type { Database, Retention, UpkeepReport } from "@gatelog/database";
import type { Clock } from "@gatelog/pipeline";
import type { PartEvent } from "./log-events.ts";
import type { Metrics } from "./metrics.ts";

/** How often upkeep is done, and how often is looked whether it is time: a try that failed is repeated so soon. */
const intervalMs = 3_600_000;
export const upkeepCheckIntervalMs = 60_000;
/** A database that does not answer must not hold up a stop: nothing that was read depends on this. */
const stopWaitMs = 2000;

/** What UpkeepWork is made with. */
export interface UpkeepWorkOptions {
  readonly database: Database;
  readonly retention: Retention;
  /** Whether the text search has indexes. */
  readonly textSearch: boolean;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly onEvent: (event: PartEvent) => void;
}

/** Does the upkeep of the tables once an hour, and tells and counts what it did. */
export class UpkeepWork {
  readonly #options: UpkeepWorkOptions;
  readonly #stopped = new AbortController();
  #doneAtMs = -Infinity;
  #running: Promise<void> = Promise.resolve();

  constructor(options: UpkeepWorkOptions) {
    this.#options = options;
  }

  /** Does it when an hour has passed since it was done. Never rejects. */
  async runWhenDue(): Promise<void> {
    const { clock } = this.#options;
    if (this.#stopped.signal.aborted || clock.monotonicMs() - this.#doneAtMs < intervalMs) return;
    this.#running = this.#run();
    await this.#running;
  }

  /** Ends after the step in hand, for which it waits a little: the rest is done after the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.race([this.#running, this.#options.clock.sleep(stopWaitMs)]);
  }

  async #run(): Promise<void> {
    const { database, retention, textSearch, clock, metrics, onEvent } = this.#options;
    try {
      const report = await database.upkeep(clock.now(), retention, { signal: this.#stopped.signal, textSearch });
      this.#doneAtMs = clock.monotonicMs();
      if (report.elsewhere) return;
      countUpkeep(metrics, report);
      metrics.upkeepAt.set(clock.now() / 1000);
      const sentence = describeUpkeep(report);
      if (sentence !== undefined) onEvent({ code: "GATELOG_DB_SINK_UPKEEP", level: "info", message: sentence });
    } catch (error) {
      const { message } = database.classify(error);
      onEvent({ code: "GATELOG_DB_SINK_UPKEEP_FAILED", level: "warn", message: `upkeep did not end: ${message}`, error });
    }
  }
}

/** One sentence; undefined where nothing was to be done. */
export function describeUpkeep({ created, dropped, deleted }: UpkeepReport): string | undefined {
  const parts = [
    ...(created.length === 0 ? [] : [`created ${named(created)}`]),
    ...(dropped.length === 0 ? [] : [`dropped ${named(dropped)}`]),
    ...deleted.map(({ table, reason, rows }) => `deleted ${rows} rows of ${table} (${reason})`),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** Names are many at the first time. */
function named(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

function countUpkeep(metrics: Metrics, { created, dropped, deleted }: UpkeepReport): void {
  metrics.upkeepPartitions.inc({ action: "created" }, created.length);
  metrics.upkeepPartitions.inc({ action: "dropped" }, dropped.length);
  for (const { table, reason, rows } of deleted) metrics.upkeepDeleted.inc({ table, reason }, rows);
}
