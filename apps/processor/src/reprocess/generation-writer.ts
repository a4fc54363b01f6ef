import type { Buffer } from "node:buffer";
import {
  createSearchStore,
  type SearchDocument,
  type SearchStore,
  type SearchStoreEvent,
  type StoredDocument,
} from "@gatelog/elasticsearch";
import { minimalEcs } from "@gatelog/log-record";
import { backOff, deliverAll, type RejectedItem, systemClock } from "@gatelog/pipeline";
import { StartError } from "@gatelog/service-kit";
import type { Config } from "../config.ts";
import { EventDocument } from "../elasticsearch-document.ts";
import { clusterOptions } from "../elasticsearch-sink.ts";
import type { FilterChain } from "../filters/chain.ts";
import { createOutputParts } from "../output-parts.ts";
import type { OutputTls } from "../outputs/output-tls.ts";
import type { Reports } from "../reports.ts";
import type { WorkEvent } from "../work-event.ts";
import type { Failures } from "./failures.ts";
import type { Pace } from "./pace.ts";
import type { ReprocessPlan } from "./reprocess-plan.ts";
import type { RunCounts } from "./run-state.ts";

/** How long the cluster may take nothing before the run ends; it goes on from there when it is started again. */
const waitMsMax = 300_000;

export interface GenerationWriterOptions {
  readonly config: Config;
  readonly plan: ReprocessPlan;
  readonly resolvePath: (path: string) => string;
  readonly reports: Reports;
  readonly tls: OutputTls | undefined;
  /** Number of the generation that is built of a day. */
  readonly generationOf: (day: string) => number;
  readonly counts: RunCounts;
  readonly failures: Failures;
  readonly pace: Pace;
}

/**
 * Writes events into the new generation of their day, through today's filters, with connections of its own.
 *
 * **Guarantee**: when a method resolved, every document is durable there, or among the failures. An id is there once, however often it is written.
 */
export class GenerationWriter {
  readonly #options: GenerationWriterOptions;
  readonly #store: SearchStore;
  readonly #chain: FilterChain;
  readonly #closeParts: () => Promise<void>;
  readonly #retry;

  constructor(options: GenerationWriterOptions) {
    const { config, plan, tls, generationOf, reports, resolvePath } = options;
    this.#options = options;
    this.#retry = backOff(config.retry);
    this.#store = createSearchStore({
      ...clusterOptions(plan.output.elasticsearch, tls),
      bulkBytesMax: config.limits.bulkBytesMax,
      indexSuffixOf: (day) => `-g${generationOf(day)}`,
      clock: systemClock,
      onEvent: (event) => noteStoreEvent(event, options),
    });
    const parts = createOutputParts(plan.output, {
      config,
      resolvePath,
      reports,
      clock: systemClock,
      onNotice: () => undefined,
      onUnwanted: () => undefined,
    });
    this.#chain = parts.chain;
    // Its own sink writes to the day's names, which are the live ones.
    this.#closeParts = () => parts.sink.stop();
  }

  /** What today's pipeline makes of events, in order; shorter by what it drops. */
  filter(events: readonly WorkEvent[]): readonly WorkEvent[] {
    return this.#chain.run(events);
  }

  /** Resolves with how many of them today's pipeline drops. */
  async write(events: readonly WorkEvent[]): Promise<number> {
    const kept = this.filter(events);
    await this.#deliver(kept.filter(({ type }) => type !== "mark").map((event) => new EventDocument(event)));
    return events.length - kept.length;
  }

  /** Documents that go over as they are. */
  async copy(day: string, documents: readonly StoredDocument[]): Promise<void> {
    this.#options.counts.copied += documents.length;
    await this.#deliver(documents.map((document) => new CopiedDocument(day, document)));
  }

  async close(): Promise<void> {
    await this.#store.close();
    this.#chain.close();
    await this.#closeParts();
  }

  async #deliver(documents: readonly SearchDocument[]): Promise<void> {
    if (documents.length === 0) return;
    await this.#options.pace.take(documents.length);
    let trouble = "it does not answer";
    const giveUp = new AbortController();
    try {
      await deliverAll(this.#store, documents, {
        clock: systemClock,
        backOff: this.#retry,
        signal: AbortSignal.any([AbortSignal.timeout(waitMsMax), giveUp.signal]),
        consecutiveDeadLettersMax: Infinity,
        // What cannot be kept is no reason to try it again.
        deadLetter: (rejected) =>
          this.#fail(rejected).catch((error: unknown) => {
            giveUp.abort(error);
            throw error;
          }),
        onRetry: (error) => (trouble = error.message),
      });
    } catch (error) {
      if (giveUp.signal.aborted) throw giveUp.signal.reason;
      throw new StartError(
        `reprocess: the cluster took nothing for ${waitMsMax / 1000} s: ${trouble}; start it again and it goes on from there`,
        { cause: error },
      );
    }
  }

  async #fail({ item, error }: RejectedItem<SearchDocument>): Promise<void> {
    const { failures, counts } = this.#options;
    if (await failures.keep(item, error)) counts.failed++;
  }
}

function noteStoreEvent(event: SearchStoreEvent, { counts, reports, plan }: GenerationWriterOptions): void {
  if (event.type === "refused") {
    counts.minimal++;
    reports.documentRefused(plan.outputName, `${event.refusal.code}: ${event.refusal.message}`);
  }
  if (event.type === "unready") reports.say({ code: event.code, level: "warn", message: event.reason }, { output: plan.outputName });
}

/** A document that is taken over unchanged. Where even that is refused, all of it is kept as its line. */
export class CopiedDocument implements SearchDocument {
  readonly day: string;
  readonly id: string;
  readonly body: object;

  constructor(day: string, { id, source }: StoredDocument) {
    this.day = day;
    this.id = id;
    this.body = source;
  }

  minimal(refusal: { readonly code: string; readonly message: string }): object {
    const time = (this.body as { readonly "@timestamp"?: unknown })["@timestamp"];
    const identity = { id: this.id, time: typeof time === "string" ? time : `${this.day}T00:00:00.000Z` };
    return minimalEcs(identity, JSON.stringify(this.body), refusal);
  }
}

/** The event of a document, as bytes, where it was made of one. */
export function bytesOf(document: SearchDocument): Buffer | undefined {
  return document instanceof EventDocument ? document.event.bytes : undefined;
}
