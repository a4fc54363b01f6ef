import type { Database, StoredCounts } from "@gatelog/database";
import { DeliveryError, type Clock, type Sink } from "@gatelog/pipeline";
import type { SinkItem } from "./read-message.ts";

/** What a DatabaseSink tells whoever runs it. */
export interface DatabaseSinkHooks {
  /** After a transaction. */
  readonly onStored?: (counts: StoredCounts, batch: { readonly items: readonly SinkItem[]; readonly durationMs: number }) => void;
  /** The tables were created or brought up to date. */
  readonly onMigrated?: (names: readonly string[]) => void;
  /** The team's own table may refuse rows; said whenever it was looked at. */
  readonly onOwnTableRisk?: (sentence: string) => void;
  /** The database became ready, or not ready with a reason. */
  readonly onReadiness?: (reason: string | undefined) => void;
}

/** How a DatabaseSink works. */
export interface DatabaseSinkOptions {
  readonly clock: Clock;
  readonly hooks?: DatabaseSinkHooks;
  /** Whether only the team's own table is written: then nothing of ours is created. */
  readonly isOwnAlone?: boolean;
  /** Whether the tables are brought up to date; if not, they must be. Default true. */
  readonly migrates?: boolean;
  /** Whether partitions are created before the first row is stored; later ones are upkeep's. Default true. */
  readonly createsPartitions?: boolean;
}

/** A database that stored something so short a time ago is not asked whether it answers: that may need a connection that others of few have. */
const recentMs = 5000;
/** A database that answers and refuses to store is not ready: what a write failed of stands until one succeeds, or none was tried for so long. */
const failedWriteMs = 30_000;

/**
 * Stores items, one transaction a batch. The tables are brought up to date before the first one, and looked at again after
 * every failure, so that a database that was away, empty or replaced is taken up by itself.
 *
 * **Guarantee**: as Sink, for items of one partition; an item that is there already is left as it is.
 */
export class DatabaseSink implements Sink<SinkItem> {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #hooks: DatabaseSinkHooks;
  readonly #isOwnAlone: boolean;
  readonly #migrates: boolean;
  readonly #createsPartitions: boolean;
  #prepared: Promise<void> | undefined;
  #reason: string | undefined = "not connected yet";
  #storedAtMs = -Infinity;
  /** When the last write began that has not succeeded. */
  #failedAtMs = -Infinity;

  constructor(database: Database, options: DatabaseSinkOptions) {
    this.#database = database;
    this.#clock = options.clock;
    this.#isOwnAlone = options.isOwnAlone ?? false;
    this.#migrates = options.migrates ?? true;
    this.#createsPartitions = options.createsPartitions ?? true;
    this.#hooks = options.hooks ?? {};
  }

  /** Nothing is connected before it is needed: a database that is away must not keep the app from starting. */
  async start(): Promise<void> {}

  /** **Errors**: DeliveryError; an unreachable or unfit database is transient. */
  async write(items: readonly SinkItem[]): Promise<void> {
    const [first] = items;
    if (first === undefined) return;
    const { topic, partition } = first.place;
    await this.#watched(async () => {
      this.#failedAtMs = this.#clock.monotonicMs();
      await this.#prepare();
      const startedMs = this.#clock.monotonicMs();
      const counts = await this.#database.store({
        calls: items.flatMap(({ row }) => (row.kind === "call" ? [row.call] : [])),
        marks: items.flatMap(({ row }) => (row.kind === "mark" ? [row.mark] : [])),
        source: `${topic}/${partition}`,
      });
      this.#storedAtMs = this.#clock.monotonicMs();
      this.#failedAtMs = -Infinity;
      this.#hooks.onStored?.(counts, { items, durationMs: this.#clock.monotonicMs() - startedMs });
    });
  }

  async stop(): Promise<void> {
    await this.#database.close();
  }

  /** Whether the database answers and has its tables. **Errors**: DeliveryError. */
  async check(): Promise<void> {
    if (this.#reason === undefined && this.#clock.monotonicMs() - this.#storedAtMs < recentMs) return;
    await this.#watched(async () => {
      await this.#prepare();
      await this.#database.ping();
    });
  }

  /** Why the database cannot take anything now; undefined when it can. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Two callers wait for one preparation. */
  #prepare(): Promise<void> {
    this.#prepared ??= this.#migrate();
    return this.#prepared;
  }

  async #migrate(): Promise<void> {
    try {
      if (!this.#isOwnAlone) await this.#prepareTables();
      await this.#checkOwnTable();
    } catch (error) {
      // Whatever stands in the way of a migration, it is never the fault of a row.
      const { code, message } = this.#database.classify(error);
      throw new DeliveryError(code, message, { permanent: false, cause: error });
    }
  }

  async #checkOwnTable(): Promise<void> {
    const { problems, warnings } = await this.#database.checkOwnTable();
    if (problems.length > 0) throw new DeliveryError("GATELOG_DB_SINK_OWN_TABLE", problems.join("; "), { permanent: false });
    for (const sentence of warnings) this.#hooks.onOwnTableRisk?.(sentence);
  }

  async #prepareTables(): Promise<void> {
    if (this.#migrates) {
      const { applied } = await this.#database.migrate();
      if (applied.length > 0) this.#hooks.onMigrated?.(applied);
    } else {
      await this.#database.checkMigrated();
    }
    if (this.#createsPartitions) await this.#database.createPartitions(this.#clock.now());
  }

  async #watched(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#clock.monotonicMs() - this.#failedAtMs >= failedWriteMs) this.#become(undefined);
    } catch (error) {
      const failure = this.#database.classify(error);
      // What is refused for its content says nothing against the database.
      if (failure.permanent) this.#failedAtMs = -Infinity;
      else {
        this.#prepared = undefined;
        this.#become(failure.message);
      }
      throw failure;
    }
  }

  #become(reason: string | undefined): void {
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#hooks.onReadiness?.(reason);
  }
}
