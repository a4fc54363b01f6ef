import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Database } from "@gatelog/database";
import { type CallRow, parseLine, toRow } from "@gatelog/log-record";
import { backOff, deliverAll, DeliveryError, type RejectedItem, systemClock } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import type { Config, OutputConfig } from "../config.ts";
import type { FilterChain } from "../filters/chain.ts";
import { createOutputChain } from "../output-parts.ts";
import type { Reports } from "../reports.ts";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import type * as Driver from "./database-driver.ts";
import { failuresMax } from "./failures.ts";
import { persevere } from "./persevere.ts";
import { isOlder } from "./pipeline-version.ts";
import type { RunCounts } from "./run-state.ts";

/** How long the database may take nothing before the run ends; it goes on from there when it is started again. */
const waitMsMax = 300_000;

/** A database whose rows can be made anew. **Errors**: StartError where the URL is none, or the tables are not there or too old. */
export async function openRows(url: string): Promise<Database> {
  const { DatabaseError, openDatabase } = await loadDriver();
  // What waiting does not mend is the user's.
  const refuse = (error: unknown): never => {
    throw error instanceof DatabaseError ? new StartError(`reprocess: --database: ${error.message}`, { cause: error }) : error;
  };
  const database = await Promise.resolve(url).then(openDatabase).catch(refuse);
  try {
    await persevere("asking the database", () => database.checkUpdates().catch(refuse));
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Beside the program as it is delivered, else this source. The bundler is not to see it: what it imports would be in the program. */
function loadDriver(): Promise<typeof Driver> {
  const delivered = join(import.meta.dirname, "database.mjs");
  const file = existsSync(delivered) ? delivered : join(import.meta.dirname, "database-driver.ts");
  const { href } = pathToFileURL(file);
  return import(href) as Promise<typeof Driver>;
}

export interface SqlRowsOptions {
  readonly database: Database;
  /** Of today's pipeline (pipeline-version.ts). */
  readonly version: string;
  readonly config: Config;
  readonly resolvePath: (path: string) => string;
  readonly reports: Reports;
  readonly counts: RunCounts;
}

/**
 * Makes the rows of events anew: what db-sink would write of the line that today's filters make.
 *
 * **Guarantee**: none is inserted or removed; one that has this version, or a later one, is left alone, so that events may be handed over again.
 */
export class SqlRows {
  readonly #options: SqlRowsOptions;
  readonly #chain: FilterChain;
  readonly #retry;
  readonly #sink = { start: async () => {}, write: (rows: readonly CallRow[]) => this.#write(rows), stop: async () => {} };

  constructor(options: SqlRowsOptions) {
    this.#options = options;
    this.#retry = backOff(options.config.retry);
    // The filters of an output that needs the line alone, as the topic does that db-sink reads.
    const output: OutputConfig = { discard: {}, as: "database" };
    const noNotice = () => undefined;
    this.#chain = createOutputChain(output, { needs: [] }, { ...options, clock: systemClock, onNotice: noNotice, onUnwanted: noNotice });
  }

  /** Resolves when the rows are durable, or told of and counted. The events are left as they are. **Errors**: StartError. */
  async update(events: readonly WorkEvent[]): Promise<void> {
    const { counts } = this.#options;
    const kept = this.#chain.run(events.flatMap(({ bytes }) => decodeEvent(bytes) ?? []));
    const rows = kept.flatMap((event) => this.#rowOf(event));
    counts.rowsDropped += events.length - rows.length;
    let trouble = "it does not answer";
    try {
      await deliverAll(this.#sink, rows, {
        clock: systemClock,
        backOff: this.#retry,
        signal: AbortSignal.timeout(waitMsMax),
        consecutiveDeadLettersMax: Infinity,
        deadLetter: (rejected) => this.#fail(rejected),
        onRetry: ({ message }) => (trouble = message),
      });
    } catch (error) {
      throw new StartError(
        `reprocess: the database took nothing for ${waitMsMax / 1000} s: ${trouble}; start it again and it goes on from there`,
        { cause: error },
      );
    }
    if (counts.rowsFailed > failuresMax)
      throw new StartError(`reprocess: more than ${failuresMax} rows of the database could not be updated; the reasons are in the log`);
  }

  /** Whether a row of that version is to be made anew. */
  isDue(stored: string | null): boolean {
    return isOlder(stored, this.#options.version);
  }

  close(): void {
    this.#chain.close();
  }

  /** None for a line that filters made a mark of. */
  #rowOf({ id, time, message }: WorkEvent): readonly CallRow[] {
    const parsed = parseLine(message, this.#options.config);
    return parsed.kind === "mark" ? [] : [toRow(parsed, { id, time }, message)];
  }

  async #write(rows: readonly CallRow[]): Promise<void> {
    const { database, version, counts } = this.#options;
    const isDue = (stored: string | null) => this.isDue(stored);
    const { updated, left, missing } = await database.update(rows, { version, isDue }).catch(asOwn);
    counts.rowsUpdated += updated;
    counts.rowsLeft += left;
    counts.rowsMissing += missing;
  }

  #fail({ item, error }: RejectedItem<CallRow>): Promise<void> {
    const { counts, reports } = this.#options;
    counts.rowsFailed++;
    const message = `the row ${item.id} of ${item.event_day} could not be updated: ${error.message}`;
    reports.say({ code: "reprocess", level: "error", message }, { output: "database" });
    return Promise.resolve();
  }
}

/** The driver's classes are none of this program's, being bundled apart. */
function asOwn(error: unknown): never {
  const { code, message, permanent } = error as DeliveryError;
  throw new DeliveryError(code, message, { permanent, cause: error });
}
