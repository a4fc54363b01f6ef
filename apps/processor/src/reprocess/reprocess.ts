import { Buffer } from "node:buffer";
import type { IndexGenerations } from "@gatelog/elasticsearch";
import { eventDay } from "@gatelog/log-record";
import { systemClock } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import { decodeEvent } from "../stored-event.ts";
import type { WorkEvent } from "../work-event.ts";
import type { Failures, KeptFailure } from "./failures.ts";
import type { GenerationWriter } from "./generation-writer.ts";
import type { HistoryEvent, HistorySource } from "./history-source.ts";
import { persevere } from "./persevere.ts";
import type { ReprocessPlan } from "./reprocess-plan.ts";
import type { DayState, RunDirectory, RunState } from "./run-state.ts";
import type { RowsPass } from "./rows-pass.ts";
import type { SqlRows } from "./sql-rows.ts";
import { isInRange, type StoredPass } from "./stored-pass.ts";
import { endSwitched, letGo, switchedDays, switchGenerations } from "./switch-generations.ts";

/** So often it is asked whether a generation that is written to is still this run's. */
const ownIntervalMs = 5000;

export interface ReprocessOptions {
  readonly plan: ReprocessPlan;
  readonly state: RunState;
  readonly directory: RunDirectory;
  readonly generations: IndexGenerations;
  readonly writer: GenerationWriter;
  readonly storedPass: StoredPass;
  readonly failures: Failures;
  /** Undefined where the stored records are the source. */
  readonly source: HistorySource | undefined;
  /** Rows that are made anew with the events of files or topic. */
  readonly rows: SqlRows | undefined;
  /** The same where the stored records are the source: of the rows themselves. */
  readonly rowsPass: RowsPass | undefined;
  /** Switches although events could not be stored. */
  readonly acceptsFailures: boolean;
}

/**
 * Builds a new generation of every day of the range, and switches to all of them in one step.
 *
 * 1. Empty generations are made, which nobody sees.
 * 2. Files or topic are read once, through today's pipeline.
 * 3. What the old generations have beside that is brought over (`StoredPass`).
 * 4. Writes to the old ones are held back; what came meanwhile is brought over; the days' names become aliases of the new ones.
 *
 * Every step may be repeated: its place is durable, and an id is created only once. **Errors**: StartError; what was done so far stays done.
 */
export class Reprocess {
  readonly #options: ReprocessOptions;
  /** By generation, when it was found to be this run's. */
  readonly #foundOwnMs = new Map<string, number>();

  constructor(options: ReprocessOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { state, directory, acceptsFailures } = this.#options;
    if (await this.#isSwitched()) return this.#end();
    await this.#letGo();
    await this.#createGenerations();
    await this.#retryFailures();
    await this.#readSource();
    await this.#readStored();
    await this.#options.rowsPass?.run();
    this.#refuseFailures();
    await switchGenerations({
      ...this.#options,
      bringOver: async (day, dayState, { final }) => {
        await this.#options.storedPass.run(day, dayState, { final });
        if (!acceptsFailures) this.#refuseFailures();
      },
    });
    state.phase = "switched";
    await directory.save(state);
    return this.#end();
  }

  /** A kill may have come between the switch and its note. All days are switched at once, so that one of them says it. */
  async #isSwitched(): Promise<boolean> {
    const { state, generations } = this.#options;
    if (state.phase === "switched") return true;
    if (!state.isCreated) return false;
    return (await switchedDays(state, generations)).length > 0;
  }

  /** Of a start that was killed while it held writes back. */
  async #letGo(): Promise<void> {
    const { state, generations, directory } = this.#options;
    await letGo(state, generations);
    await directory.save(state);
  }

  async #end(): Promise<void> {
    const { state, generations, directory } = this.#options;
    await endSwitched(state, generations);
    await directory.save(state);
    await this.#options.failures.close();
    await this.#options.directory.end();
  }

  async #createGenerations(): Promise<void> {
    const { state, generations, directory } = this.#options;
    for (const { to, bornMs } of Object.values(state.days)) {
      if (!state.isCreated) await persevere(`making ${to}`, () => generations.create(to, bornMs, state.id));
      else await persevere(`asking for ${to}`, () => generations.expectOwn(to, state.id));
    }
    state.isCreated = true;
    await directory.save(state);
  }

  async #readSource(): Promise<void> {
    const { state, source, directory } = this.#options;
    if (state.isSourceDone && state.source !== undefined) await this.#forgetSource();
    if (source === undefined || state.isSourceDone) return;
    let counted = 0;
    const count = () => {
      state.counts.unknown += source.unknown - counted;
      counted = source.unknown;
    };
    await source.read(state.source, async ({ events, position }) => {
      await this.#writeEvents(events);
      count();
      state.source = position;
      await directory.save(state);
    });
    count();
    state.isSourceDone = true;
    await directory.save(state);
    await this.#forgetSource();
  }

  /** When it is noted that nothing more is read: a kill before that needs what it would remove. */
  async #forgetSource(): Promise<void> {
    const { state, source, directory } = this.#options;
    await source?.forget(state.source);
    state.source = undefined;
    await directory.save(state);
  }

  async #writeEvents(all: readonly HistoryEvent[]): Promise<void> {
    const { state, plan, writer, rows } = this.#options;
    const inRange = all.filter(({ event }) => event.type !== "mark" && isInRange(event, plan));
    const unsure = await this.#unsure(inRange.filter(({ identity }) => identity === "likely").map(({ event }) => event));
    const events = inRange.map(({ event }) => event).filter(({ id }) => !unsure.has(id));
    state.counts.unknown += unsure.size;
    state.counts.events += events.length;
    await this.#expectOwn(events);
    state.counts.dropped += await writer.write(events);
    await rows?.update(events);
  }

  /** A generation that somebody removes while it is written to is made again by the cluster, and seen: that has to be noticed soon. */
  async #expectOwn(events: readonly WorkEvent[]): Promise<void> {
    const { state, generations } = this.#options;
    const nowMs = systemClock.monotonicMs();
    for (const day of new Set(events.map(({ time }) => eventDay(time)))) {
      const to = state.days[day]?.to;
      if (to === undefined || nowMs - (this.#foundOwnMs.get(to) ?? -Infinity) < ownIntervalMs) continue;
      await persevere(`asking for ${to}`, () => generations.expectOwn(to, state.id));
      this.#foundOwnMs.set(to, nowMs);
    }
  }

  /** Of ids that may not be the ones of the first time: those that the store does not have. Where it has nothing of the day, nothing can double. */
  async #unsure(events: readonly WorkEvent[]): Promise<ReadonlySet<string>> {
    const { state, generations } = this.#options;
    const unsure = new Set<string>();
    const byDay = new Map<string, string[]>();
    for (const { id, time } of events) byDay.set(eventDay(time), [...(byDay.get(eventDay(time)) ?? []), id]);
    for (const [day, ids] of byDay) {
      const from = state.days[day]?.from;
      if (from === undefined) continue;
      for (const id of await persevere(`looking into ${from}`, () => generations.missing(from, ids))) unsure.add(id);
    }
    return unsure;
  }

  async #readStored(): Promise<void> {
    const { state, storedPass } = this.#options;
    for (const [day, dayState] of Object.entries(state.days)) await storedPass.run(day, dayState, { final: false });
  }

  /** What could not be stored at an earlier start may be possible now. */
  async #retryFailures(): Promise<void> {
    const { failures, writer, state } = this.#options;
    state.counts.failed = 0;
    await failures.retryAll(async (kept) => {
      for (const failure of kept) await retryOne(writer, failure);
    });
  }

  #refuseFailures(): void {
    const { failures, acceptsFailures } = this.#options;
    if (failures.count === 0 || acceptsFailures) return;
    throw new StartError(
      `reprocess: ${failures.count} events could not be stored, so that nothing was switched; they are in ${failures.path}, with the reasons: start it again when these are mended, or with --accept-failures`,
    );
  }
}

async function retryOne(writer: GenerationWriter, { id, day, event, document }: KeptFailure): Promise<void> {
  const decoded = event === undefined ? undefined : decodeEvent(Buffer.from(event, "base64"));
  if (decoded !== undefined) await writer.write([decoded]);
  else await writer.copy(day, [{ id, source: document ?? {} }]);
}

/** A day as it is before anything was done. `keepsAge`: the cluster's lifecycle counts from when the first generation was made. */
export async function beginDay(generations: IndexGenerations, day: string, keepsAge: boolean): Promise<DayState> {
  const { name, current, isAlias, others, next } = await persevere(`asking for ${day}`, () => generations.describe(day));
  const bornMs =
    current === undefined || !keepsAge ? undefined : await persevere(`asking for ${current}`, () => generations.bornMs(current));
  const keptAs = others.includes(`${name}-g1`) ? `${name}-g${next + 1}` : `${name}-g1`;
  return { name, from: current, isAlias, to: `${name}-g${next}`, generation: next, keptAs, bornMs, stored: {} };
}
