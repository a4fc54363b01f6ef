/** Why a cluster refused a document. */
export interface Refusal {
  /** The cluster's error type, such as `mapper_parsing_exception`. */
  readonly code: string;
  readonly message: string;
}

/** One document to be created. */
export interface SearchDocument {
  /** `_id`; at most 512 bytes. */
  readonly id: string;
  /** `YYYY-MM-DD`: its index is `<prefix>-YYYY.MM.DD`. */
  readonly day: string;
  /** The document, or its JSON without a line end. */
  readonly body: object | string;
  /** What is stored instead when the cluster refuses the body. */
  readonly minimal: (refusal: Refusal) => object;
}

/** A document as a bulk request carries it. */
export interface BulkEntry {
  readonly document: SearchDocument;
  readonly isMinimal: boolean;
  /** Two lines of NDJSON. */
  readonly text: string;
  readonly bytes: number;
}

/** Index of a day. */
export function indexOf(prefix: string, day: string): string {
  return `${prefix}-${day.replaceAll("-", ".")}`;
}

/**
 * **Shape**: `{"create":{"_index":"gatelog-2026.11.23","_id":"…"}}\n{…}\n`.
 */
export function toEntry(prefix: string, document: SearchDocument, refusal?: Refusal): BulkEntry {
  const body = refusal === undefined ? document.body : document.minimal(refusal);
  const json = typeof body === "string" ? body : JSON.stringify(body);
  const text = `{"create":{"_index":${JSON.stringify(indexOf(prefix, document.day))},"_id":${JSON.stringify(document.id)}}}\n${json}\n`;
  return { document, isMinimal: refusal !== undefined, text, bytes: Buffer.byteLength(text) };
}

/** Entries in order, in groups of at most `bytesMax`; one that is larger stands alone. */
export function groupByBytes(entries: readonly BulkEntry[], bytesMax: number): BulkEntry[][] {
  const groups: BulkEntry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    if (bytes + entry.bytes > bytesMax) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(entry);
    bytes += entry.bytes;
  }
  return groups;
}
