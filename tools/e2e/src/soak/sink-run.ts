import { setTimeout as sleep } from "node:timers/promises";
import { type SeededRandom, type Server, waitFor } from "@gatelog/testkit";
import { readTopic } from "./processor-topic-reader.ts";
import { breakOnce } from "./sink-breaks.ts";
import type { SinkDatabase } from "./sink-database.ts";
import { planSinkFaults, type SinkFaultKind, sinkFaultKinds } from "./sink-faults.ts";
import type { SinkLedger } from "./sink-ledger.ts";
import type { SinkMembers } from "./sink-members.ts";
import { SinkProducer } from "./sink-producer.ts";
import { refusedOperation } from "./sink-records.ts";
import { SinkWatch, type SinkWatchFigures } from "./sink-watch.ts";

/** How much is sent, and what is broken. */
export interface SinkRunOptions {
  readonly random: SeededRandom;
  readonly minutes?: number;
  readonly kinds?: readonly SinkFaultKind[];
  readonly awayMsMax?: number;
  /** The longest time between two faults, ms. */
  readonly calmMsMax?: number;
  readonly recordsPerSecond: number;
  readonly membersMax: number;
  /** How many there are at first. */
  readonly membersFirst?: number;
  readonly say: (text: string) => void;
}

/** What is broken. */
export interface SinkParts {
  readonly kafka: Server & { readonly brokers: readonly string[] };
  readonly database: SinkDatabase;
  readonly members: SinkMembers;
}

const recoveryMs = 300_000;
/** Seconds of load that the group may be behind before the load waits: on a machine that is too slow for it a run must end all the same. */
const behindSecondsMax = 60;
/** What is not well by then waits for no more load, for the same reason. */
const recoveryUnderLoadMs = 15_000;
const lookMs = 100;

/** The load and the hand that breaks things: one run, to the last row. */
export class SinkRun {
  readonly violations: string[] = [];
  readonly faults: Record<string, number> = {};
  readonly #options: SinkRunOptions;
  readonly #parts: SinkParts;
  readonly #topic: string;
  readonly #producer: SinkProducer;
  readonly #watch: SinkWatch;
  #deadlocksMet = 0;
  #recoversSinceMs = Infinity;

  constructor(options: SinkRunOptions, parts: SinkParts, { name, partitions }: { readonly name: string; readonly partitions: number }) {
    this.#options = options;
    this.#parts = parts;
    this.#topic = name;
    const { recordsPerSecond, random } = options;
    const brokers = [...parts.kafka.brokers];
    this.#watch = new SinkWatch(brokers, name, parts.members);
    const isFarBehind = () => (this.#watch.lag ?? 0) > behindSecondsMax * recordsPerSecond;
    const isHeldBack = () => isFarBehind() || performance.now() - this.#recoversSinceMs > recoveryUnderLoadMs;
    this.#producer = new SinkProducer({ topic: { kafka: { brokers, partitions }, name }, recordsPerSecond, random, isHeldBack });
  }

  get acknowledged(): number {
    return this.#producer.acknowledged;
  }

  figures() {
    const { repeated, resentBatches, heldBackMs } = this.#producer;
    const watch: SinkWatchFigures = this.#watch.figures();
    return {
      repeated,
      resentBatches,
      heldBackSeconds: Math.round(heldBackMs / 1000),
      faults: this.faults,
      deadlocksMet: this.#deadlocksMet,
      watch,
    };
  }

  /** Resolves when the load has ended, everything that was sent is stored and committed, and the members have stopped in order. */
  async toEnd(): Promise<void> {
    const abort = new AbortController();
    let isOver = false;
    const { members, database } = this.#parts;
    await this.#producer.start();
    await members.scale(1);
    await waitFor(() => members.areReady(), { deadlineMs: recoveryMs, intervalMs: lookMs, what: "the first db-sink" });
    await database.refuse(refusedOperation);
    const load = this.#producer.run(() => isOver, abort.signal);
    this.#watch.start();
    try {
      const { membersFirst = 2, membersMax } = this.#options;
      await members.scale(Math.min(membersFirst, membersMax));
      await this.#recovered();
      await this.#breakThings();
      isOver = true;
      await load;
      await this.#recovered(0);
      await members.scale(0);
    } catch (error) {
      this.violations.push(`it did not come to its end: ${String(error)}; the members printed last:\n${members.lastOutput()}`);
    } finally {
      abort.abort();
      await Promise.all([load, this.#watch.stop()]);
      await members.killAll();
    }
  }

  /** Reads what is stored; what cannot be read is a violation beside those that there are already. */
  async account(ledger: SinkLedger): Promise<void> {
    try {
      await ledger.readDatabase(this.#parts.database);
      const note = (id: string | undefined) => ledger.noteDeadLetter(id ?? "");
      await readTopic(this.#parts.kafka.brokers, `${this.#topic}.dlt`, ({ headers }) => note(headers?.["gatelog-id"]?.toString()));
    } catch (error) {
      this.violations.push(`what is stored could not be read: ${String(error)}`);
    }
  }

  async #breakThings(): Promise<void> {
    const { random, minutes = 0, kinds, awayMsMax = Infinity, calmMsMax = Infinity, membersMax, say } = this.#options;
    const possible = this.#possible(kinds ?? sinkFaultKinds);
    const endMs = kinds === undefined ? performance.now() + minutes * 60_000 : Infinity;
    let left = kinds === undefined ? Infinity : possible.length;
    for (const fault of planSinkFaults(random, { kinds: possible, awayMsMax, calmMsMax, membersMax })) {
      if (left === 0) return;
      left -= 1;
      this.#watch.calm(true);
      await sleep(fault.calmMs);
      this.#watch.calm(false);
      if (performance.now() >= endMs) return;
      this.faults[fault.kind] = (this.faults[fault.kind] ?? 0) + 1;
      const began = performance.now();
      if (await breakOnce(fault, this.#parts)) this.#deadlocksMet += 1;
      const away = performance.now() - began;
      await this.#recovered();
      say(`${fault.kind}: away for ${seconds(away)} s, all well after ${seconds(performance.now() - began)} s`);
    }
  }

  #possible(kinds: readonly SinkFaultKind[]): readonly SinkFaultKind[] {
    const { database } = this.#parts;
    const isPossible: Partial<Record<SinkFaultKind, boolean>> = {
      "database-kill": database.server !== undefined,
      "database-freeze": database.server !== undefined,
      "database-full": database.fillDisk !== undefined,
      "connections-taken": database.takeConnections !== undefined,
      deadlock: database.deadlock !== undefined,
      scale: this.#options.membersMax > 1,
    };
    return kinds.filter((kind) => isPossible[kind] ?? true);
  }

  /** Each fault is alone: the one before is over, and what it left has been stored but for the load of two seconds. */
  async #recovered(lagMax = this.#options.recordsPerSecond * 2): Promise<void> {
    const { members } = this.#parts;
    const isWell = async () => this.#watch.lag !== undefined && this.#watch.lag <= lagMax && (await members.areReady());
    this.#recoversSinceMs = performance.now();
    await waitFor(isWell, {
      deadlineMs: recoveryMs,
      intervalMs: lookMs,
      what: `all members to be ready, with at most ${lagMax} messages to store`,
    });
    this.#recoversSinceMs = Infinity;
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
