import { type IndexGenerations, indexOf, type ShardPage, type ShardPageOptions, type StoredDocument } from "@gatelog/elasticsearch";
import { eventDay } from "@gatelog/log-record";
import { systemClock } from "@gatelog/pipeline";
import { EventDocument } from "../elasticsearch-document.ts";
import { createOutputParts } from "../output-parts.ts";
import type { WorkEvent } from "../work-event.ts";
import { type Difference, differencesOf, lineOf } from "./differences.ts";
import type { HistoryEvent } from "./history-source.ts";
import { createSource, openGenerations, type RunTools, tlsOf } from "./open-run.ts";
import { persevere } from "./persevere.ts";
import { rebuildEvent } from "./rebuild-event.ts";
import type { ReprocessPlan } from "./reprocess-plan.ts";
import { isInRange } from "./stored-pass.ts";

/** What becomes of an event: as it is; another document; one that was not there; none; `kept`: taken over, for it cannot be rebuilt. */
export const dryOutcomes = ["same", "changed", "new", "dropped", "kept"] as const;
export type DryOutcome = (typeof dryOutcomes)[number];

/** What is stored of an event, and what would be. */
export interface DryPair {
  readonly id: string;
  readonly day: string;
  readonly outcome: DryOutcome;
  readonly before: object | null;
  readonly after: object | null;
  readonly changes: readonly Difference[];
}

export interface DryRunOptions {
  readonly plan: ReprocessPlan;
  /** So many events are looked at. */
  readonly sample: number;
  readonly print: (line: string) => void;
  readonly isJson: boolean;
  /** Calls the listener at the first Ctrl-C or SIGTERM; returns what takes that back. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

const pageDocumentsMax = 200;

/** Prints what is stored of the first events of the range, and what today's pipeline would make of them. Nothing is changed anywhere. */
export async function dryRun(tools: RunTools, options: DryRunOptions): Promise<void> {
  const { plan, print, isJson } = options;
  const generations = openGenerations(plan, tlsOf(tools, plan));
  const noNotice = () => undefined;
  const parts = createOutputParts(plan.output, { ...tools, clock: systemClock, onNotice: noNotice, onUnwanted: noNotice });
  const counts = new Map<DryOutcome, number>();
  try {
    const pairs = new Pairs(options, generations, (events) => parts.chain.run(events));
    await pairs.read(tools, (pair) => {
      counts.set(pair.outcome, (counts.get(pair.outcome) ?? 0) + 1);
      for (const line of isJson ? [JSON.stringify(pair)] : linesOf(pair)) print(line);
    });
    if (isJson) return;
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    print([`${total} events`, ...dryOutcomes.map((outcome) => `${counts.get(outcome) ?? 0} ${outcome}`)].join(", "));
    if (pairs.unknown > 0) print(`${pairs.unknown} lines or messages whose id is not known were passed over`);
  } finally {
    parts.chain.close();
    await parts.sink.stop();
    await generations.close();
  }
}

function linesOf({ id, day, outcome, changes }: DryPair): string[] {
  return [`${id} ${day} ${outcome}`, ...(outcome === "changed" ? changes.map((change) => `  ${lineOf(change)}`) : [])];
}

/** Thrown to end the reading of a source. */
const enough = new Error("enough events were read");

class Pairs {
  readonly #options: DryRunOptions;
  readonly #generations: IndexGenerations;
  readonly #filter: (events: readonly WorkEvent[]) => readonly WorkEvent[];
  #left: number;
  unknown = 0;

  constructor(options: DryRunOptions, generations: IndexGenerations, filter: (events: readonly WorkEvent[]) => readonly WorkEvent[]) {
    this.#options = options;
    this.#generations = generations;
    this.#filter = filter;
    this.#left = options.sample;
  }

  async read(tools: RunTools, onPair: (pair: DryPair) => void): Promise<void> {
    const source = createSource(tools, this.#options.plan);
    if (source === undefined) return this.#readStored(tools.config.seedTimeZone, onPair);
    let place: unknown;
    // What it registers elsewhere to read from is removed, also on Ctrl-C; on a second one it just ends.
    const forgetListener = source.stop === undefined ? undefined : this.#options.onInterrupt(() => source.stop?.());
    try {
      await source.read(undefined, async ({ events, position }) => {
        place = position;
        for (const pair of await this.#ofEvents(events)) onPair(pair);
        if (this.#left <= 0) throw enough;
      });
    } catch (error) {
      if (error !== enough) throw error;
    } finally {
      this.unknown = source.unknown;
      await source.forget(place);
      await source.close();
      forgetListener?.();
    }
  }

  async #ofEvents(all: readonly HistoryEvent[]): Promise<DryPair[]> {
    const { plan } = this.#options;
    const events = all.map(({ event }) => event).filter((event) => event.type !== "mark" && isInRange(event, plan));
    const taken = events.slice(0, Math.max(0, this.#left));
    this.#left -= taken.length;
    const stored = new Map<string, StoredDocument>();
    for (const day of new Set(taken.map(({ time }) => eventDay(time)))) {
      const ids = taken.filter(({ time }) => eventDay(time) === day).map(({ id }) => id);
      for (const document of await this.#get(day, ids)) stored.set(document.id, document);
    }
    return this.#pairs(taken, stored);
  }

  #get(day: string, ids: readonly string[]): Promise<readonly StoredDocument[]> {
    const name = indexOf(this.#options.plan.output.elasticsearch.index, day);
    return persevere(`looking into ${name}`, () => this.#generations.get(name, ids));
  }

  /** What is stored is read from the same page that the events are rebuilt of. */
  async #readStored(seedTimeZone: string, onPair: (pair: DryPair) => void): Promise<void> {
    for (const day of this.#options.plan.days) {
      const { current: index } = await persevere(`asking for ${day}`, () => this.#generations.describe(day));
      if (index === undefined) continue;
      for (const [shard, { last: to }] of await persevere(`reading ${index}`, () => this.#generations.sequences(index))) {
        await this.#readShard({ index, shard, to }, (documents) => {
          for (const pair of this.#ofDocuments(documents, { day, seedTimeZone })) onPair(pair);
        });
      }
    }
  }

  async #readShard(
    place: Pick<ShardPageOptions, "index" | "shard" | "to">,
    onDocuments: (documents: readonly StoredDocument[]) => void,
  ): Promise<void> {
    let after = -1;
    while (this.#left > 0) {
      const options: ShardPageOptions = { ...place, after, documentsMax: Math.min(pageDocumentsMax, this.#left) };
      const page: ShardPage = await persevere(`reading ${place.index}`, () => this.#generations.page(options));
      if (page.after === undefined) return;
      this.#left -= page.documents.length;
      onDocuments(page.documents);
      ({ after } = page);
    }
  }

  #ofDocuments(documents: readonly StoredDocument[], options: { readonly day: string; readonly seedTimeZone: string }): DryPair[] {
    const events: WorkEvent[] = [];
    const kept: DryPair[] = [];
    for (const document of documents) {
      const event = rebuildEvent(document, options);
      if (event !== undefined && isInRange(event, this.#options.plan)) events.push(event);
      else kept.push({ id: document.id, day: options.day, outcome: "kept", before: document.source, after: document.source, changes: [] });
    }
    return [...kept, ...this.#pairs(events, new Map(documents.map((document) => [document.id, document])))];
  }

  #pairs(events: readonly WorkEvent[], stored: ReadonlyMap<string, StoredDocument>): DryPair[] {
    const made = new Map(this.#filter(events).map((event) => [event.id, new EventDocument(event).body]));
    return events.map(({ id, time }) => {
      const before = stored.get(id)?.source ?? null;
      const after = asJson(made.get(id));
      const changes = before === null || after === null ? [] : differencesOf(before, after);
      return { id, day: eventDay(time), outcome: outcomeOf(before, after, changes.length), before, after, changes };
    });
  }
}

function outcomeOf(before: object | null, after: object | null, changes: number): DryOutcome {
  if (after === null) return "dropped";
  if (before === null) return "new";
  return changes === 0 ? "same" : "changed";
}

/** As it would be stored. */
function asJson(body: object | undefined): object | null {
  return body === undefined ? null : (JSON.parse(JSON.stringify(body)) as object);
}
