import { createSearchStore, type SearchDocument, type SearchStore, type SearchStoreEvent } from "@gatelog/elasticsearch";
import { eventDay, minimalEcs } from "@gatelog/log-record";
import { PartialDeliveryError } from "@gatelog/pipeline";
import type { ElasticsearchOutputConfig } from "./config.ts";
import type { EventSink } from "./event-sink.ts";
import type { WorkEvent } from "./work-event.ts";
import type { Report } from "./reports.ts";

/** A document on its way, with the event that it was made of. */
interface EventDocument extends SearchDocument {
  readonly event: WorkEvent;
}

export interface ElasticsearchSinkOptions {
  readonly bulkBytesMax: number;
  readonly onReport: (report: Report) => void;
  /** Told for each document whose fields the cluster refused, so that its minimal form is stored instead. */
  readonly onRefused: (code: string, message: string) => void;
}

/**
 * Events as ECS documents of the index of their day, `_id` = id, created only: a resend is a conflict and counts as delivered.
 *
 * **Guarantee**: durable when `write` resolves; marks are no calls and never go there.
 */
export function createElasticsearchSink(config: ElasticsearchOutputConfig, options: ElasticsearchSinkOptions): EventSink {
  const { nodes, index, requestTimeoutMs, auth } = config;
  const { bulkBytesMax } = options;
  const onEvent = (event: SearchStoreEvent) => tell(event, options);
  const credentials = auth === undefined ? {} : { auth: "basic" in auth ? auth.basic : auth };
  return new ElasticsearchSink(createSearchStore({ nodes, index, requestTimeoutMs, bulkBytesMax, onEvent, ...credentials }));
}

class ElasticsearchSink implements EventSink {
  readonly needs = ["document"] as const;
  readonly #store: SearchStore;

  constructor(store: SearchStore) {
    this.#store = store;
  }

  start(): Promise<void> {
    return this.#store.start();
  }

  stop(): Promise<void> {
    return this.#store.close();
  }

  status() {
    return this.#store.status();
  }

  async write(batch: readonly WorkEvent[], signal?: AbortSignal): Promise<void> {
    const documents = batch.filter(({ type }) => type !== "mark").map(toDocument);
    try {
      await this.#store.bulkCreate(documents, signal);
    } catch (error) {
      throw error instanceof PartialDeliveryError ? asEvents(error as PartialDeliveryError<EventDocument>) : error;
    }
  }
}

/** An event that a filter could make no document of goes as the minimal one. */
function toDocument(event: WorkEvent): EventDocument {
  const minimal: SearchDocument["minimal"] = (refusal) => minimalEcs(event, event.message, refusal);
  const body = event.document ?? minimal({ code: "GATELOG_PROCESSOR_FILTER_FAILED", message: "no document could be made of the line" });
  return { id: event.id, day: eventDay(event.time), body, minimal, event };
}

function asEvents(error: PartialDeliveryError<EventDocument>): PartialDeliveryError<WorkEvent> {
  return new PartialDeliveryError<WorkEvent>(error.code, error.message, {
    rejected: error.rejected.map((rejected) => ({ item: rejected.item.event, error: rejected.error })),
    undelivered: error.undelivered.map(({ event }) => event),
  });
}

function tell(event: SearchStoreEvent, { onReport, onRefused }: ElasticsearchSinkOptions): void {
  if (event.type === "refused") return onRefused(event.refusal.code, event.refusal.message);
  if (event.type === "prepared") {
    const { product, version } = event.server;
    return onReport({ code: "GATELOG_PROCESSOR_SEARCH_READY", level: "info", message: `connected to ${product} ${version}` });
  }
  return onReport({ code: event.code, level: "warn", message: event.reason });
}
