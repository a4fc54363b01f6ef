import { createSearchStore, type SearchStore, type SearchStoreEvent } from "@gatelog/elasticsearch";
import { type Clock, PartialDeliveryError } from "@gatelog/pipeline";
import type { ElasticsearchOutputConfig } from "./config.ts";
import { EventDocument } from "./elasticsearch-document.ts";
import type { EventSink } from "./event-sink.ts";
import { createOutputTls, type OutputTls } from "./outputs/output-tls.ts";
import type { Report } from "./reports.ts";
import type { WorkEvent } from "./work-event.ts";

export interface ElasticsearchSinkOptions {
  readonly bulkBytesMax: number;
  /** The configuration key of the output, e.g. `outputs[1].elasticsearch`. */
  readonly key: string;
  readonly clock: Clock;
  readonly onReport: (report: Report) => void;
  /** Told for each document whose fields the cluster refused, so that its minimal form is stored instead. */
  readonly onRefused: (code: string, message: string) => void;
}

/**
 * Events as documents of the index of their day, or of a data stream, `_id` = id, created only: a resend is a conflict and counts as delivered.
 *
 * **Guarantee**: durable when `write` resolves; marks are no calls and never go there.
 */
export function createElasticsearchSink(config: ElasticsearchOutputConfig, options: ElasticsearchSinkOptions): EventSink {
  return new ElasticsearchSink(config, options);
}

class ElasticsearchSink implements EventSink {
  readonly needs = ["document", "fields"] as const;
  readonly #store: SearchStore;
  readonly #tls: OutputTls | undefined;

  constructor(config: ElasticsearchOutputConfig, options: ElasticsearchSinkOptions) {
    const { bulkBytesMax, clock, onReport } = options;
    this.#tls = createOutputTls(config.tls, { key: `${options.key}.tls`, clock, onReport });
    this.#store = createSearchStore({
      ...clusterOptions(config, this.#tls),
      bulkBytesMax,
      clock,
      onEvent: (event) => tell(event, options),
    });
  }

  /** **Errors**: StartError where the files of TLS cannot be used. */
  start(): Promise<void> {
    this.#tls?.material();
    return this.#store.start();
  }

  stop(): Promise<void> {
    return this.#store.close();
  }

  status() {
    return this.#store.status();
  }

  async write(batch: readonly WorkEvent[], signal?: AbortSignal): Promise<void> {
    const documents: EventDocument[] = [];
    for (const event of batch) if (event.type !== "mark") documents.push(new EventDocument(event));
    try {
      await this.#store.bulkCreate(documents, signal);
    } catch (error) {
      throw error instanceof PartialDeliveryError ? asEvents(error as PartialDeliveryError<EventDocument>) : error;
    }
  }
}

/** How the output's cluster is reached and prepared, in the library's words. */
export function clusterOptions(
  { auth, tls: _tls, dynamicMapping: isDynamic, ...others }: ElasticsearchOutputConfig,
  tls: OutputTls | undefined,
) {
  return {
    ...others,
    isDynamic,
    ...(auth === undefined ? {} : { auth: "basic" in auth ? auth.basic : auth }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function asEvents(error: PartialDeliveryError<EventDocument>): PartialDeliveryError<WorkEvent> {
  return new PartialDeliveryError<WorkEvent>(error.code, error.message, {
    rejected: error.rejected.map((rejected) => ({ item: rejected.item.event, error: rejected.error })),
    undelivered: error.undelivered.map(({ event }) => event),
  });
}

function tell(event: SearchStoreEvent, { onReport, onRefused }: ElasticsearchSinkOptions): void {
  if (event.type === "refused") return onRefused(event.refusal.code, event.refusal.message);
  if (event.type === "nodeLost")
    return onReport({
      code: "GATELOG_PROCESSOR_SEARCH_NODE_LOST",
      level: "warn",
      message: `${event.node} does not answer and is left out`,
    });
  if (event.type === "nodeBack")
    return onReport({ code: "GATELOG_PROCESSOR_SEARCH_NODE_BACK", level: "info", message: `${event.node} answers again` });
  if (event.type === "unready") return onReport({ code: event.code, level: "warn", message: event.reason });
  const { product, version } = event.server;
  if (event.type === "prepared")
    return onReport({ code: "GATELOG_PROCESSOR_SEARCH_READY", level: "info", message: `connected to ${product} ${version}` });
  const message = `${product} ${version} has no lifecycle policies here, so retentionDays deletes nothing: delete old indices yourself`;
  return onReport({ code: "GATELOG_PROCESSOR_SEARCH_NO_LIFECYCLE", level: "warn", message });
}
