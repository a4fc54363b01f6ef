import { Buffer } from "node:buffer";
import { type BulkTarget, indexOf, type Refusal, type SearchDocument } from "./document.ts";

/** A document on its way, in full, or in its minimal form for the reason that it was refused for. */
export interface BulkItem<D extends SearchDocument = SearchDocument> {
  readonly document: D;
  readonly refusal: Refusal | undefined;
}

/**
 * The documents of one bulk request, written once.
 *
 * **Shape**: per document `{"create":{"_index":"gatelog-2026.11.23","_id":"…"}}\n{…}\n`.
 */
export class BulkRequest<D extends SearchDocument = SearchDocument> {
  readonly items: readonly BulkItem<D>[];
  readonly bytes: Buffer;
  /** Where each document's lines end in `bytes`. */
  readonly #ends: readonly number[];

  constructor(items: readonly BulkItem<D>[], bytes: Buffer, ends: readonly number[]) {
    this.items = items;
    this.bytes = bytes;
    this.#ends = ends;
  }

  /** The same as two requests, without writing anything again; of two documents or more. */
  halves(): [BulkRequest<D>, BulkRequest<D>] {
    const middle = Math.ceil(this.items.length / 2);
    const cut = this.#ends[middle - 1]!;
    const ends = this.#ends.slice(middle).map((end) => end - cut);
    return [
      new BulkRequest(this.items.slice(0, middle), this.bytes.subarray(0, cut), this.#ends.slice(0, middle)),
      new BulkRequest(this.items.slice(middle), this.bytes.subarray(cut), ends),
    ];
  }
}

/** What a request begins with: most batches of a quiet system are a few documents. */
const bytesMin = 16 * 1024;
/** Most bytes that a UTF-16 unit takes in UTF-8. */
const bytesPerUnitMax = 3;

/** Writes documents into requests, one request at a time, so that the next is written while others are on their way. */
export class BulkRequests<D extends SearchDocument> {
  readonly #items: readonly BulkItem<D>[];
  readonly #heads: Heads;
  readonly #onRefused: (document: D, refusal: Refusal) => void;
  #next = 0;
  /** The lines of the next document, where the request before it had no room for them. */
  #left: string | undefined;

  /** `onRefused` is told of a document that cannot be written as JSON; its minimal form goes in its place. */
  constructor(items: readonly BulkItem<D>[], target: BulkTarget, onRefused: (document: D, refusal: Refusal) => void) {
    this.#items = items;
    this.#heads = new Heads(target);
    this.#onRefused = onRefused;
  }

  get isDone(): boolean {
    return this.#next >= this.#items.length;
  }

  /** Documents that are in no request yet. */
  rest(): readonly BulkItem<D>[] {
    return this.#items.slice(this.#next);
  }

  /** The next documents that fit into `bytesMax`; one that is larger stands alone. */
  next(bytesMax: number): BulkRequest<D> {
    const from = this.#next;
    const ends: number[] = [];
    let bytes: Buffer = Buffer.allocUnsafe(Math.min(bytesMax, bytesMin));
    let end = 0;
    for (; this.#next < this.#items.length; this.#next++) {
      const text = this.#left ?? this.#linesOf(this.#items[this.#next]!);
      if (!fits(text, bytes.length - end)) {
        const needed = end + Buffer.byteLength(text);
        this.#left = text;
        if (needed > bytesMax && ends.length > 0) break;
        bytes = grown(bytes, end, Math.max(needed, Math.min(bytesMax, bytes.length * 2)));
      }
      this.#left = undefined;
      end += bytes.write(text, end);
      ends.push(end);
    }
    return new BulkRequest(this.#items.slice(from, this.#next), bytes.subarray(0, end), ends);
  }

  #linesOf({ document, refusal }: BulkItem<D>): string {
    return `${this.#heads.of(document)}${JSON.stringify(document.id)}}}\n${refusal === undefined ? this.#fullJson(document) : minimalJson(document, refusal)}\n`;
  }

  #fullJson(document: D): string {
    try {
      const { body } = document;
      return typeof body === "string" ? body : JSON.stringify(body);
    } catch (error) {
      const refusal = {
        code: "not_writable",
        message: `it cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`,
      };
      this.#onRefused(document, refusal);
      return minimalJson(document, refusal);
    }
  }
}

function minimalJson(document: SearchDocument, refusal: Refusal): string {
  return JSON.stringify(document.minimal(refusal));
}

function grown(bytes: Buffer, end: number, size: number): Buffer {
  const larger = Buffer.allocUnsafe(size);
  bytes.copy(larger, 0, 0, end);
  return larger;
}

/** Its length is counted only where it is close. */
function fits(text: string, bytesLeft: number): boolean {
  return text.length * bytesPerUnitMax <= bytesLeft || (text.length <= bytesLeft && Buffer.byteLength(text) <= bytesLeft);
}

/** The line before a document up to its id, made once a day. */
class Heads {
  readonly #target: BulkTarget;
  #day = "";
  #head = "";

  constructor(target: BulkTarget) {
    this.#target = target;
    if ("dataStream" in target) this.#head = headOf(target.dataStream);
  }

  of({ day }: SearchDocument): string {
    if ("dataStream" in this.#target || day === this.#day) return this.#head;
    this.#day = day;
    const { indexPrefix, suffixOf } = this.#target;
    return (this.#head = headOf(`${indexOf(indexPrefix, day)}${suffixOf?.(day) ?? ""}`));
  }
}

function headOf(index: string): string {
  return `{"create":{"_index":${JSON.stringify(index)},"_id":`;
}
