import { openDatabase } from "@gatelog/database";
import { type DeliveryError, type RejectedItem, systemClock } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import type { ConsumedMessage } from "@gatelog/topic";
import { BatchHandler } from "./batch-handler.ts";
import type { Config } from "./config.ts";
import { DatabaseSink } from "./database-sink.ts";
import type { PlacedLetter } from "./dead-letter-view.ts";
import { openOwnTable } from "./mapping/own-table-parts.ts";
import type { SinkItem } from "./read-message.ts";

/** A replay is a command that somebody waits for: a database that is away for so long ends it, ms. */
const giveUpMs = 60_000;

export interface LetterReplayOptions {
  readonly config: Config;
  /** Keeps what is refused again, where it does not stay where it is. */
  readonly keepAgain?: (rejected: RejectedItem<SinkItem>) => Promise<void>;
  readonly onTrouble: (message: string) => void;
}

/**
 * Writes dead letters to the database as the service would have: the same rows, keys and limits, so that one that is there already
 * changes nothing.
 */
export class LetterReplay {
  readonly #sink: DatabaseSink;
  readonly #handler: BatchHandler;
  #troubledSinceMs: number | undefined;
  #trouble = "";
  #refused = 0;

  constructor({ config, keepAgain = () => Promise.resolve(), onTrouble }: LetterReplayOptions) {
    const { url, connectionsMax, statementTimeoutMs, migrate, upkeep } = config.database;
    const ownTable = openOwnTable(config);
    const isOwnAlone = ownTable?.besides === false;
    const options = { connectionsMax, statementTimeoutMs, onEvent: () => {}, ...(ownTable && { ownTable }) };
    this.#sink = new DatabaseSink(openDatabase(url, options), {
      clock: systemClock,
      isOwnAlone,
      migrates: migrate === "on",
      createsPartitions: upkeep === "on" && !isOwnAlone,
    });
    this.#handler = new BatchHandler({
      sink: this.#sink,
      clock: systemClock,
      read: { seedTimeZone: config.seedTimeZone, value: config.topic.value },
      batch: { ...config.batch, waitMsMax: 0 },
      limits: config.limits,
      retry: config.retry,
      // Each of them was refused before: a row of them says nothing against the database.
      consecutiveDeadLettersMax: Infinity,
      deadLetter: keepAgain,
      onRetry: (error) => this.#noteTrouble(error, onTrouble),
      onDeadLetter: () => this.#refused++,
    });
  }

  /** Letters that were refused again. */
  get refused(): number {
    return this.#refused;
  }

  /** **Errors**: StartError where the database takes nothing for a minute, or after `giveUp`. */
  async replay(letters: readonly PlacedLetter[]): Promise<void> {
    for (const [place, messages] of byPlace(letters)) {
      const [topic = "", partition = "0"] = place.split("/");
      this.#troubledSinceMs = undefined;
      try {
        await this.#handler.handle({
          topic,
          partition: Number(partition),
          messages,
          keepAlive: () => Promise.resolve(),
          isStale: () => false,
          isWantedBack: () => false,
        });
      } catch (error) {
        throw new StartError(`dlt: given up: ${this.#trouble === "" ? "interrupted" : this.#trouble}`, { cause: error });
      }
    }
  }

  giveUp(): void {
    this.#handler.giveUp();
  }

  async close(): Promise<void> {
    await this.#sink.stop();
  }

  #noteTrouble({ message }: DeliveryError, onTrouble: (message: string) => void): void {
    const nowMs = systemClock.monotonicMs();
    this.#troubledSinceMs ??= nowMs;
    if (message !== this.#trouble) onTrouble(message);
    this.#trouble = message;
    if (nowMs - this.#troubledSinceMs > giveUpMs) this.giveUp();
  }
}

/** By the place that the message came from, in order: its identity may be made of that. */
function byPlace(letters: readonly PlacedLetter[]): ReadonlyMap<string, readonly ConsumedMessage[]> {
  const groups = new Map<string, ConsumedMessage[]>();
  for (const { topic, message } of letters) {
    const { "gatelog-dlt-topic": from = topic, "gatelog-dlt-partition": partition = "0", "gatelog-dlt-offset": offset } = message.headers;
    const place = `${from}/${partition}`;
    const group = groups.get(place) ?? [];
    groups.set(place, group);
    group.push({ ...message, offset: offset ?? message.offset });
  }
  return groups;
}
