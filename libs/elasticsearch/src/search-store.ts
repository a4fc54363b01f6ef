import type { Client } from "@elastic/elasticsearch";
import { backOff, PartialDeliveryError, systemClock, type Clock, type Sink } from "@gatelog/pipeline";
import { type BulkTools, BulkWrite } from "./bulk-write.ts";
import { toTransient, transient } from "./classify.ts";
import { createClient, type ConnectionOptions } from "./client.ts";
import { AdaptiveConcurrency } from "./concurrency.ts";
import type { BulkTarget, Refusal, SearchDocument } from "./document.ts";
import { detectServer, type PrepareOptions, prepareCluster, type ServerInfo } from "./prepare.ts";
import { searchNewest, type SearchQuery, type SearchResult } from "./search.ts";

/** Options of a search store. */
export interface SearchStoreOptions extends ConnectionOptions, Omit<PrepareOptions, "target"> {
  /** Documents of a day go to `<index>-YYYY.MM.DD`. */
  readonly index?: string;
  /** What stands behind the name of a day's index, for who builds another generation of it; default: nothing. */
  readonly indexSuffixOf?: (day: string) => string;
  /** Instead of daily indices: all go to this data stream, where an id is held against those of its newest index alone. */
  readonly dataStream?: string;
  /** Bytes of one bulk request before compression; default 8 MiB. A cluster takes 100 MB unless told otherwise. */
  readonly bulkBytesMax?: number;
  /** Bytes that a bulk request aims for; default 1 MiB, so that a large batch is several requests, at most `bulkBytesMax`. */
  readonly bulkBytes?: number;
  /** Bulk requests in flight over all writes, at most; default 4. How many there are follows what the cluster can do. */
  readonly requestsInFlightMax?: number;
  /** gzip of bulk requests: 0 none, 1 fast, 9 small; default 0. */
  readonly compressionLevel?: number;
  /** Waiting times between attempts to prepare the cluster, ms; default 500 to 30,000. */
  readonly retryDelayMsMin?: number;
  readonly retryDelayMsMax?: number;
  readonly clock?: Clock;
  readonly onEvent?: (event: SearchStoreEvent) => void;
}

/** What an app may log and count. */
export type SearchStoreEvent =
  | { readonly type: "prepared"; readonly server: ServerInfo }
  /** `retentionDays` is set and the server has no lifecycle policies: nothing deletes old indices. */
  | { readonly type: "noLifecycle"; readonly server: ServerInfo }
  /** Of several nodes this one does not answer: it is left out until it does. */
  | { readonly type: "nodeLost"; readonly node: string }
  | { readonly type: "nodeBack"; readonly node: string }
  | { readonly type: "unready"; readonly code: string; readonly reason: string }
  | { readonly type: "refused"; readonly id: string; readonly refusal: Refusal };

/** Whether the store takes documents, else why not. */
export interface SearchStoreStatus {
  readonly ready: boolean;
  readonly reason?: string;
  readonly server?: ServerInfo;
  /** How many bulk requests may be in flight now. */
  readonly requestsInFlightMax: number;
}

/** A cluster that documents are created in, each once by its id. It is a Sink of documents. */
export interface SearchStore extends Sink<SearchDocument> {
  /** Finds out what the cluster is and installs lifecycle policy and index template; goes on trying in the background. Never rejects. */
  start(): Promise<void>;
  /**
   * Creates documents that are not there yet, with several requests in flight, in no order. May be called while another call runs.
   *
   * **Errors**: transient DeliveryError when nothing was taken; PartialDeliveryError with the documents that were refused in their full and their
   * minimal form (`rejected`) and those that may be taken later (`undelivered`).
   * **Guarantee**: resolves only when every document is durable in its index, now or from an earlier write; never twice.
   */
  bulkCreate(documents: readonly SearchDocument[], signal?: AbortSignal): Promise<void>;
  search(query: SearchQuery): Promise<SearchResult>;
  /** Resolves when the cluster answers. */
  ping(): Promise<ServerInfo>;
  status(): SearchStoreStatus;
  close(): Promise<void>;
}

const bulkBytesMaxDefault = 8 * 1024 * 1024;
const bulkBytesDefault = 1024 * 1024;
const requestsInFlightMaxDefault = 4;

/** A store on Elasticsearch 7.8 to 9 or OpenSearch. */
export function createSearchStore(options: SearchStoreOptions): SearchStore {
  return new ClusterStore(options);
}

class ClusterStore implements SearchStore {
  readonly #options: SearchStoreOptions;
  readonly #target: BulkTarget;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #tools: BulkTools;
  readonly #closing = new AbortController();
  #background: Promise<void> | undefined;
  #preparation: Promise<void> | undefined;
  #server: ServerInfo | undefined;
  #isPrepared = false;
  #reason: string | undefined = "not connected yet";

  constructor(options: SearchStoreOptions) {
    this.#options = options;
    this.#target =
      options.dataStream === undefined
        ? { indexPrefix: options.index ?? "gatelog", suffixOf: options.indexSuffixOf }
        : { dataStream: options.dataStream };
    this.#client = createClient(options, (state, url) => {
      // Where there is one node, that it is lost is the store's own state.
      if (options.nodes.length > 1) this.#tell({ type: state === "lost" ? "nodeLost" : "nodeBack", node: url });
    });
    this.#clock = options.clock ?? systemClock;
    const { bulkBytes = bulkBytesDefault, bulkBytesMax = bulkBytesMaxDefault } = options;
    this.#tools = {
      client: this.#client,
      target: this.#target,
      concurrency: new AdaptiveConcurrency(options.requestsInFlightMax ?? requestsInFlightMaxDefault),
      requestBytes: { value: Math.min(bulkBytes, bulkBytesMax) },
      compressionLevel: options.compressionLevel ?? 0,
      onRefused: ({ id }, refusal) => this.#tell({ type: "refused", id, refusal }),
    };
  }

  start(): Promise<void> {
    this.#background ??= this.#prepareUntilDone();
    return Promise.resolve();
  }

  write(batch: readonly SearchDocument[], signal?: AbortSignal): Promise<void> {
    return this.bulkCreate(batch, signal);
  }

  async bulkCreate(documents: readonly SearchDocument[], signal?: AbortSignal): Promise<void> {
    if (documents.length === 0) return;
    try {
      await this.#prepare();
      await new BulkWrite(this.#tools, signal ?? this.#closing.signal).run(documents);
      this.#reason = undefined;
    } catch (error) {
      throw this.#noteFailure(error);
    }
  }

  search(query: SearchQuery): Promise<SearchResult> {
    return searchNewest(this.#client, this.#target, query).catch((error: unknown) => {
      throw toTransient(error);
    });
  }

  ping(): Promise<ServerInfo> {
    return detectServer(this.#client, this.#closing.signal).catch((error: unknown) => {
      throw toTransient(error);
    });
  }

  status(): SearchStoreStatus {
    const details = {
      ...(this.#server === undefined ? {} : { server: this.#server }),
      requestsInFlightMax: this.#tools.concurrency.limit,
    };
    return this.#reason === undefined ? { ready: true, ...details } : { ready: false, reason: this.#reason, ...details };
  }

  stop(): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#background;
    await this.#client.close();
  }

  /** Once, shared by whoever waits for it; again after the cluster was lost, which may come back without its template. */
  #prepare(): Promise<void> {
    if (this.#isPrepared) return Promise.resolve();
    this.#preparation ??= this.#prepareOnce().finally(() => (this.#preparation = undefined));
    return this.#preparation;
  }

  async #prepareOnce(): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) throw transient("GATELOG_ELASTICSEARCH_CLOSED", "the store is closed");
    const { server, hasLifecycle } = await prepareCluster(this.#client, { ...this.#options, target: this.#target }, signal);
    this.#server = server;
    this.#isPrepared = true;
    this.#reason = undefined;
    this.#tell({ type: "prepared", server });
    if (!hasLifecycle) this.#tell({ type: "noLifecycle", server });
  }

  async #prepareUntilDone(): Promise<void> {
    const { signal } = this.#closing;
    const { retryDelayMsMin: minMs = 500, retryDelayMsMax: maxMs = 30_000 } = this.#options;
    const delays = backOff({ minMs, maxMs });
    while (!signal.aborted && !this.#isPrepared) {
      try {
        await this.#prepare();
      } catch (error) {
        this.#noteFailure(error);
        await this.#clock.sleep(delays.next(), signal);
      }
    }
  }

  /** Notes what `status` shows and returns the error as the delivery law has it. */
  #noteFailure(thrown: unknown): Error {
    const error = toTransient(thrown);
    if (!(error instanceof PartialDeliveryError)) this.#isPrepared = false;
    // Refused documents say nothing against the cluster.
    else if (error.undelivered.length === 0) return error;
    if (this.#reason !== error.message) this.#tell({ type: "unready", code: error.code, reason: error.message });
    this.#reason = error.message;
    return error;
  }

  #tell(event: SearchStoreEvent): void {
    this.#options.onEvent?.(event);
  }
}
