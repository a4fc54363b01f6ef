import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Client } from "@elastic/elasticsearch";
import { DeliveryError, PartialDeliveryError, type RejectedItem } from "@gatelog/pipeline";
import { type BulkItem, type BulkRequest, BulkRequests } from "./bulk-request.ts";
import { classifyItem, isOverload, isTooLarge, type ItemError, toTransient, transient } from "./classify.ts";
import type { AdaptiveConcurrency } from "./concurrency.ts";
import type { BulkTarget, Refusal, SearchDocument } from "./document.ts";

/** What writes to one cluster share. */
export interface BulkTools {
  readonly client: Client;
  readonly target: BulkTarget;
  readonly concurrency: AdaptiveConcurrency;
  /** Size that a request aims for. It shrinks when the cluster finds requests too large. */
  readonly requestBytes: { value: number };
  /** 0 sends requests as they are, 9 compresses most. */
  readonly compressionLevel: number;
  /** The cluster refused the document; its minimal form is tried next. */
  readonly onRefused: (document: SearchDocument, refusal: Refusal) => void;
}

interface BulkResponse {
  readonly items?: readonly { readonly create?: { readonly status?: number; readonly error?: ItemError } }[];
}

type ResponseItem = NonNullable<BulkResponse["items"]>[number];

const compress = promisify(gzip);
/** A request is not made smaller than this for a cluster that finds it too large. */
const requestBytesMin = 16 * 1024;

/** One write: bulk requests, several at a time, until each document is delivered, rejected, or known to be undelivered. */
export class BulkWrite {
  readonly #tools: BulkTools;
  readonly #signal: AbortSignal;
  readonly #rejected: RejectedItem<SearchDocument>[] = [];
  readonly #undelivered: SearchDocument[] = [];
  #minimals: BulkItem[] = [];
  #firstTransient: DeliveryError | undefined;
  /** A whole request failed: the rest would only fail too. */
  #isBroken = false;

  constructor(tools: BulkTools, signal: AbortSignal) {
    this.#tools = tools;
    this.#signal = signal;
  }

  /** Resolves when all are durable; else throws as the delivery law says. */
  async run(documents: readonly SearchDocument[]): Promise<void> {
    await this.#sendAll(documents.map((document) => ({ document, refusal: undefined })));
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

  async #sendAll(items: readonly BulkItem[]): Promise<void> {
    const { concurrency, requestBytes, target } = this.#tools;
    const requests = new BulkRequests(items, target, this.#tools.onRefused);
    const underWay: Promise<void>[] = [];
    while (!requests.isDone && !this.#isBroken) {
      const request = requests.next(requestBytes.value);
      await concurrency.acquire();
      underWay.push(this.#send(request));
    }
    this.#leave(requests.rest());
    await Promise.all(underWay);
  }

  /** Sends a request that was let in, and settles each of its documents. Never rejects. */
  async #send(request: BulkRequest): Promise<void> {
    const { concurrency } = this.#tools;
    if (this.#isBroken) {
      concurrency.release(undefined);
      return this.#leave(request.items);
    }
    const startedMs = performance.now();
    const outcome = (isOverloaded: boolean) => ({ durationMs: performance.now() - startedMs, bytes: request.bytes.length, isOverloaded });
    try {
      const answers = await this.#request(request);
      const before = this.#undelivered.length;
      for (const [index, item] of request.items.entries()) this.#settle(item, answers[index]);
      concurrency.release(outcome(this.#undelivered.length > before && isOverload(this.#firstTransient)));
    } catch (error) {
      const known = toTransient(error);
      concurrency.release(this.#signal.aborted ? undefined : outcome(isOverload(known)));
      if (isTooLarge(error)) return this.#split(request);
      this.#isBroken = true;
      this.#firstTransient = known;
      this.#leave(request.items);
    }
    return undefined;
  }

  async #request({ bytes, items: { length } }: BulkRequest): Promise<readonly ResponseItem[]> {
    const { client, compressionLevel } = this.#tools;
    const bulkBody = compressionLevel === 0 ? bytes : await compress(bytes, { level: compressionLevel });
    const headers = compressionLevel === 0 ? {} : { "content-encoding": "gzip" };
    const request = { method: "POST", path: "/_bulk", bulkBody, querystring: { filter_path: "items.*.status,items.*.error" } };
    const { items = [] } = await client.transport.request<BulkResponse>(request, { headers, signal: this.#signal });
    if (items.length === length) return items;
    throw transient("GATELOG_ELASTICSEARCH_UNEXPECTED", `the answer to ${length} documents names ${items.length}`);
  }

  #settle(item: BulkItem, answer: ResponseItem | undefined): void {
    const outcome = classifyItem(answer?.create?.status ?? 0, answer?.create?.error);
    if (outcome.kind === "refused") this.#refuse(item, { code: outcome.code, message: outcome.reason });
    else if (outcome.kind === "transient") {
      this.#firstTransient ??= outcome.error;
      this.#undelivered.push(item.document);
    }
  }

  #refuse(item: BulkItem, refusal: Refusal): void {
    if (item.refusal === undefined) this.#useMinimal(item, refusal);
    else this.#reject(item, "GATELOG_ELASTICSEARCH_DOCUMENT_REFUSED", `${refusal.code}: ${refusal.message}`);
  }

  #useMinimal({ document }: BulkItem, refusal: Refusal): void {
    this.#tools.onRefused(document, refusal);
    this.#minimals.push({ document, refusal });
  }

  /** A request that the cluster finds too large is sent in halves; one document that is too large alone, as its minimal form. */
  async #split(request: BulkRequest): Promise<void> {
    if (request.items.length > 1) {
      this.#shrink(request);
      for (const half of request.halves()) {
        await this.#tools.concurrency.acquire();
        await this.#send(half);
      }
      return;
    }
    const [item] = request.items as [BulkItem];
    const message = `a document of ${request.bytes.length} bytes is too large for the cluster`;
    if (item.refusal === undefined) this.#useMinimal(item, { code: "content_too_long", message });
    else this.#reject(item, "GATELOG_ELASTICSEARCH_DOCUMENT_TOO_LARGE", message);
  }

  /** So that the next requests need not be split too. */
  #shrink({ bytes }: BulkRequest): void {
    const { requestBytes } = this.#tools;
    requestBytes.value = Math.min(requestBytes.value, Math.max(requestBytesMin, Math.ceil(bytes.length / 2)));
  }

  #reject({ document }: BulkItem, code: string, message: string): void {
    this.#rejected.push({ item: document, error: new DeliveryError(code, message, { permanent: true }) });
  }

  #leave(items: readonly BulkItem[]): void {
    for (const { document } of items) this.#undelivered.push(document);
  }
}
