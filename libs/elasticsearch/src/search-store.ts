import type { Client } from "@elastic/elasticsearch";
import { backOff, PartialDeliveryError, systemClock, type Clock, type Sink } from "@gatelog/pipeline";
import { BulkWrite } from "./bulk-write.ts";
import { toTransient, transient } from "./classify.ts";
import { createClient, type ConnectionOptions } from "./client.ts";
import type { Refusal, SearchDocument } from "./document.ts";
import { detectServer, installTemplate, type ServerInfo } from "./prepare.ts";
import { searchNewest, type SearchQuery, type SearchResult } from "./search.ts";

/** Options of a search store. */
export interface SearchStoreOptions extends ConnectionOptions {
  /** Index prefix: documents of a day go to `<index>-YYYY.MM.DD`. */
  readonly index: string;
  /** Bytes of one bulk request; default 8 MiB. A cluster takes 100 MB unless told otherwise. */
  readonly bulkBytesMax?: number;
  /** Waiting times between attempts to prepare the cluster, ms; default 500 to 30,000. */
  readonly retryDelayMsMin?: number;
  readonly retryDelayMsMax?: number;
  readonly clock?: Clock;
  readonly onEvent?: (event: SearchStoreEvent) => void;
}

/** What an app may log and count. */
export type SearchStoreEvent =
  | { readonly type: "prepared"; readonly server: ServerInfo }
  | { readonly type: "unready"; readonly code: string; readonly reason: string }
  | { readonly type: "refused"; readonly id: string; readonly refusal: Refusal };

/** Whether the store takes documents, else why not. */
export interface SearchStoreStatus {
  readonly ready: boolean;
  readonly reason?: string;
  readonly server?: ServerInfo;
}

/** A cluster that documents are created in, each once by its id. It is a Sink of documents. */
export interface SearchStore extends Sink<SearchDocument> {
  /** Finds out what the cluster is and installs the index template; goes on trying in the background. Never rejects. */
  start(): Promise<void>;
  /**
   * Creates documents that are not there yet.
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

/** A store on Elasticsearch 7.8 to 9 or OpenSearch. */
export function createSearchStore(options: SearchStoreOptions): SearchStore {
  return new ClusterStore(options);
}

class ClusterStore implements SearchStore {
  readonly #options: SearchStoreOptions;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #background: Promise<void> | undefined;
  #preparation: Promise<void> | undefined;
  #server: ServerInfo | undefined;
  #isPrepared = false;
  #reason: string | undefined = "not connected yet";

  constructor(options: SearchStoreOptions) {
    this.#options = options;
    this.#client = createClient(options);
    this.#clock = options.clock ?? systemClock;
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
    const { index: indexPrefix, bulkBytesMax = bulkBytesMaxDefault } = this.#options;
    try {
      await this.#prepare();
      const onRefused = ({ id }: SearchDocument, refusal: Refusal) => this.#options.onEvent?.({ type: "refused", id, refusal });
      await new BulkWrite(this.#client, { indexPrefix, bulkBytesMax }, { onRefused }, signal ?? this.#closing.signal).run(documents);
      this.#reason = undefined;
    } catch (error) {
      throw this.#noteFailure(error);
    }
  }

  search(query: SearchQuery): Promise<SearchResult> {
    return searchNewest(this.#client, this.#options.index, query).catch((error: unknown) => {
      throw toTransient(error);
    });
  }

  ping(): Promise<ServerInfo> {
    return detectServer(this.#client, this.#closing.signal).catch((error: unknown) => {
      throw toTransient(error);
    });
  }

  status(): SearchStoreStatus {
    const server = this.#server === undefined ? {} : { server: this.#server };
    return this.#reason === undefined ? { ready: true, ...server } : { ready: false, reason: this.#reason, ...server };
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
    const server = await detectServer(this.#client, signal);
    await installTemplate(this.#client, this.#options.index, signal);
    this.#server = server;
    this.#isPrepared = true;
    this.#reason = undefined;
    this.#options.onEvent?.({ type: "prepared", server });
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
    if (this.#reason !== error.message) this.#options.onEvent?.({ type: "unready", code: error.code, reason: error.message });
    this.#reason = error.message;
    return error;
  }
}
