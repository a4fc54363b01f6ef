import type { IndexGenerations, StoredDocument } from "@gatelog/elasticsearch";
import type { WorkEvent } from "../work-event.ts";
import type { GenerationWriter } from "./generation-writer.ts";
import { pageItemsFirst, pageSizeAfter } from "./page-size.ts";
import { persevere } from "./persevere.ts";
import { rebuildEvent } from "./rebuild-event.ts";
import type { ReprocessPlan } from "./reprocess-plan.ts";
import type { DayState, RunCounts } from "./run-state.ts";

export interface StoredPassOptions {
  readonly plan: Pick<ReprocessPlan, "fromMs" | "toMs">;
  readonly seedTimeZone: string;
  readonly generations: IndexGenerations;
  readonly writer: GenerationWriter;
  readonly counts: RunCounts;
  /** Makes the days' states durable. */
  readonly save: () => Promise<void>;
}

/**
 * Brings over what the old generation of a day has and the new one has not: everything, where it is the source; else what files or topic did not have.
 *
 * **Guarantee**: after a `final` pass over a blocked index every id of it is in the new generation, or today's pipeline drops it, or it is among the
 * failures.
 */
export class StoredPass {
  readonly #options: StoredPassOptions;
  #pageDocuments = pageItemsFirst;

  constructor(options: StoredPassOptions) {
    this.#options = options;
  }

  /** Reads on from where the day's state stands. `final`: writes to the old generation are held back. */
  async run(day: string, state: DayState, { final }: { readonly final: boolean }): Promise<void> {
    const { from } = state;
    if (from === undefined) return;
    const { generations } = this.#options;
    const sequences = await persevere(`reading ${from}`, () => generations.sequences(from));
    for (const [shard, { settled, last }] of sequences) {
      await this.#readShard(day, state, { index: from, shard, to: final ? last : settled });
    }
  }

  async #readShard(
    day: string,
    state: DayState,
    place: { readonly index: string; readonly shard: number; readonly to: number },
  ): Promise<void> {
    const { generations, save } = this.#options;
    for (;;) {
      const after = state.stored[place.shard] ?? -1;
      const options = { ...place, after, documentsMax: this.#pageDocuments };
      const page = await persevere(`reading ${place.index}`, () => generations.page(options));
      if (page.after === undefined) return;
      await this.#take(day, state, page.documents);
      this.#pageDocuments = pageSizeAfter(page.documents.map(({ source }) => source));
      state.stored[place.shard] = page.after;
      await save();
    }
  }

  async #take(day: string, { to }: DayState, documents: readonly StoredDocument[]): Promise<void> {
    const { generations, writer, counts } = this.#options;
    const ids = documents.map(({ id }) => id);
    const missing = await persevere(`looking into ${to}`, () => generations.missing(to, ids));
    counts.stored += documents.length;
    const events: WorkEvent[] = [];
    const copies: StoredDocument[] = [];
    for (const document of documents) {
      if (!missing.has(document.id)) continue;
      const event = this.#rebuild(day, document);
      if (event === undefined) copies.push(document);
      else events.push(event);
    }
    counts.storedDropped += await writer.write(events);
    await writer.copy(day, copies);
  }

  /** Undefined for what goes over as it is. */
  #rebuild(day: string, document: StoredDocument): WorkEvent | undefined {
    const { plan, seedTimeZone } = this.#options;
    const event = rebuildEvent(document, { day, seedTimeZone });
    return event !== undefined && isInRange(event, plan) ? event : undefined;
  }
}

/** Whether the event's time is in the range. */
export function isInRange({ time }: Pick<WorkEvent, "time">, { fromMs, toMs }: Pick<ReprocessPlan, "fromMs" | "toMs">): boolean {
  const ms = Date.parse(time);
  return ms >= fromMs && ms < toMs;
}
