import type { Client } from "@elastic/elasticsearch";
import { DeliveryError, PartialDeliveryError, type RejectedItem } from "@gatelog/pipeline";
import { classifyItem, isTooLarge, toTransient, transient, type ItemError } from "./classify.ts";
import { groupByBytes, toEntry, type BulkEntry, type Refusal, type SearchDocument } from "./document.ts";

/** What a write reports besides its result. */
export interface BulkEvents {
  /** The cluster refused the document; its minimal form is tried next. */
  readonly onRefused: (document: SearchDocument, refusal: Refusal) => void;
}

/** Limits and place of a write. */
export interface BulkOptions {
  readonly indexPrefix: string;
  readonly bulkBytesMax: number;
}

interface BulkResponse {
  readonly items?: readonly { readonly create?: { readonly status?: number; readonly error?: ItemError } }[];
}

/** One write: bulk requests until each document is delivered, rejected, or known to be undelivered. */
export class BulkWrite {
  readonly #client: Client;
  readonly #options: BulkOptions;
  readonly #events: BulkEvents;
  readonly #signal: AbortSignal | undefined;
  readonly #rejected: RejectedItem<SearchDocument>[] = [];
  readonly #undelivered: SearchDocument[] = [];
  #minimals: BulkEntry[] = [];
  #firstTransient: DeliveryError | undefined;
  /** A whole request failed: the rest would only fail too. */
  #isBroken = false;

  constructor(client: Client, options: BulkOptions, events: BulkEvents, signal?: AbortSignal) {
    this.#client = client;
    this.#options = options;
    this.#events = events;
    this.#signal = signal;
  }

  /** Resolves when all are durable; else throws as the delivery law says. */
  async run(documents: readonly SearchDocument[]): Promise<void> {
    await this.#sendAll(documents.map((document) => toEntry(this.#options.indexPrefix, document)));
    const minimals = this.#minimals;
    this.#minimals = [];
    await this.#sendAll(minimals);
    if (this.#isBroken && this.#undelivered.length === documents.length) throw this.#firstTransient!;
    this.#throwPartial();
  }

  #throwPartial(): void {
    const rejected = this.#rejected;
    const undelivered = this.#undelivered;
    if (rejected.length === 0 && undelivered.length === 0) return;
    const first = this.#firstTransient ?? rejected[0]!.error;
    const message = `${undelivered.length} undelivered, ${rejected.length} refused; first: ${first.message}`;
    throw new PartialDeliveryError(first.code, message, { rejected, undelivered });
  }

  async #sendAll(entries: readonly BulkEntry[]): Promise<void> {
    for (const group of groupByBytes(entries, this.#options.bulkBytesMax)) await this.#send(group);
  }

  async #send(entries: readonly BulkEntry[]): Promise<void> {
    if (this.#isBroken) return this.#leave(entries);
    try {
      const items = await this.#request(entries);
      for (const [index, entry] of entries.entries()) this.#settle(entry, items[index]);
    } catch (error) {
      if (isTooLarge(error)) return this.#split(entries);
      this.#isBroken = true;
      this.#firstTransient = toTransient(error);
      this.#leave(entries);
    }
    return undefined;
  }

  async #request(entries: readonly BulkEntry[]): Promise<NonNullable<BulkResponse["items"]>> {
    const bulkBody = entries.map(({ text }) => text).join("");
    const options = this.#signal === undefined ? {} : { signal: this.#signal };
    const request = { method: "POST", path: "/_bulk", bulkBody, querystring: { filter_path: "items.*.status,items.*.error" } };
    const { items = [] } = await this.#client.transport.request<BulkResponse>(request, options);
    if (items.length === entries.length) return items;
    throw transient("GATELOG_ELASTICSEARCH_UNEXPECTED", `the answer to ${entries.length} documents names ${items.length}`);
  }

  #settle(entry: BulkEntry, item: NonNullable<BulkResponse["items"]>[number] | undefined): void {
    const outcome = classifyItem(item?.create?.status ?? 0, item?.create?.error);
    if (outcome.kind === "refused") this.#refuse(entry, { code: outcome.code, message: outcome.reason });
    else if (outcome.kind === "transient") {
      this.#firstTransient ??= outcome.error;
      this.#undelivered.push(entry.document);
    }
  }

  #refuse(entry: BulkEntry, refusal: Refusal): void {
    if (!entry.isMinimal) this.#useMinimal(entry, refusal);
    else this.#reject(entry, "GATELOG_ELASTICSEARCH_DOCUMENT_REFUSED", `${refusal.code}: ${refusal.message}`);
  }

  #useMinimal({ document }: BulkEntry, refusal: Refusal): void {
    this.#events.onRefused(document, refusal);
    this.#minimals.push(toEntry(this.#options.indexPrefix, document, refusal));
  }

  /** A request that the cluster finds too large is sent in halves; one document that is too large alone, as its minimal form. */
  async #split(entries: readonly BulkEntry[]): Promise<void> {
    if (entries.length > 1) {
      const half = Math.ceil(entries.length / 2);
      await this.#send(entries.slice(0, half));
      return this.#send(entries.slice(half));
    }
    const [entry] = entries as [BulkEntry];
    const refusal = { code: "content_too_long", message: `a document of ${entry.bytes} bytes is too large for the cluster` };
    if (!entry.isMinimal) this.#useMinimal(entry, refusal);
    else this.#reject(entry, "GATELOG_ELASTICSEARCH_DOCUMENT_TOO_LARGE", refusal.message);
    return undefined;
  }

  #reject({ document }: BulkEntry, code: string, message: string): void {
    this.#rejected.push({ item: document, error: new DeliveryError(code, message, { permanent: true }) });
  }

  #leave(entries: readonly BulkEntry[]): void {
    this.#undelivered.push(...entries.map(({ document }) => document));
  }
}
