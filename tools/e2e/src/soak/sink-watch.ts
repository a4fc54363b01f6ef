import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel, type Admin } from "kafkajs";
import type { SinkMembers } from "./sink-members.ts";

/** How the group came on. */
export interface SinkWatchFigures {
  readonly lagMax: number;
  /** The longest time without a commit, while all was up and messages waited. */
  readonly stallMsMax: number;
  readonly rssMiBMax: number;
  /** The machine's: with more than it has processors the servers are short of time, whatever db-sink does. */
  readonly loadAverageMax: number;
}

const lookMs = 200;
const group = "gatelog-db-sink";

/** Looks again and again at how far the group has committed. */
export class SinkWatch {
  readonly #admin: Admin;
  readonly #topic: string;
  readonly #members: SinkMembers;
  /** Messages that are not committed yet; undefined while the broker does not say. */
  lag: number | undefined;
  #committed = -1;
  #lastCommitMs = 0;
  #isCalm = false;
  #max = { lag: 0, stallMs: 0, loadAverage: 0 };
  #isOver = false;
  #looking: Promise<void> | undefined;

  constructor(brokers: readonly string[], topic: string, members: SinkMembers) {
    this.#admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 0 }, requestTimeout: 3000 }).admin();
    this.#topic = topic;
    this.#members = members;
  }

  start(): void {
    this.#looking = this.#look();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
    await this.#admin.disconnect().catch(() => {});
  }

  /** Says whether everything is up from now on. */
  calm(isCalm: boolean): void {
    this.#isCalm = isCalm;
    this.#lastCommitMs = performance.now();
  }

  figures(): SinkWatchFigures {
    const { lag, stallMs, loadAverage } = this.#max;
    return { lagMax: lag, stallMsMax: Math.round(stallMs), rssMiBMax: this.#members.rssMiBMax, loadAverageMax: loadAverage };
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      this.lag = await this.#askLag().catch(() => undefined);
      this.#members.lookAtMemory();
      this.#max.loadAverage = Math.max(this.#max.loadAverage, Math.round(loadavg()[0] ?? 0));
      await sleep(lookMs);
    }
  }

  async #askLag(): Promise<number> {
    await this.#admin.connect();
    const ends = await this.#admin.fetchTopicOffsets(this.#topic);
    const [offsets] = await this.#admin.fetchOffsets({ groupId: group, topics: [this.#topic] });
    const of = new Map(offsets?.partitions.map(({ partition, offset }) => [partition, Math.max(Number(offset), 0)]));
    const committed = [...of.values()].reduce((sum, offset) => sum + offset, 0);
    const lag = ends.reduce((sum, { partition, high }) => sum + Number(high) - (of.get(partition) ?? 0), 0);
    this.#note(committed, lag);
    return lag;
  }

  #note(committed: number, lag: number): void {
    const now = performance.now();
    this.#max.lag = Math.max(this.#max.lag, lag);
    if (this.#isCalm) this.#max.stallMs = Math.max(this.#max.stallMs, now - this.#lastCommitMs);
    if (committed === this.#committed && lag > 0) return;
    this.#committed = committed;
    this.#lastCommitMs = now;
  }
}
