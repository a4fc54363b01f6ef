import type { Client } from "@elastic/elasticsearch";
import type { BulkTarget } from "./document.ts";

/** What is looked for; all conditions together. */
export interface SearchQuery {
  /** Words in URL or bodies, in this order and side by side. */
  readonly text?: string;
  readonly status?: number;
  /** Exact, percent-encoded as received. */
  readonly path?: string;
  /** ISO 8601; inclusive. */
  readonly from?: string;
  /** ISO 8601; exclusive. */
  readonly to?: string;
  /** Default 50, at most 500. */
  readonly limit?: number;
}

/** What was found, newest first. */
export interface SearchResult {
  readonly total: number;
  /** Clusters count exactly up to 10,000. */
  readonly totalIsExact: boolean;
  readonly documents: readonly { readonly index: string; readonly id: string; readonly source: Readonly<Record<string, unknown>> }[];
}

interface SearchResponse {
  readonly hits: {
    readonly total: { readonly value: number; readonly relation: string };
    readonly hits: readonly { readonly _index: string; readonly _id: string; readonly _source: Readonly<Record<string, unknown>> }[];
  };
}

const limitDefault = 50;
const limitMax = 500;
const textFields = ["url.full.text", "url.path.text", "http.request.body.content", "http.response.body.content"];

/** Newest documents of all days that match. No index yet is no hit. */
export async function searchNewest(client: Client, target: BulkTarget, query: SearchQuery): Promise<SearchResult> {
  const { hits } = await client.transport.request<SearchResponse>({
    method: "POST",
    path: `/${encodeURIComponent("dataStream" in target ? target.dataStream : `${target.indexPrefix}-*`)}/_search`,
    querystring: { ignore_unavailable: "true", allow_no_indices: "true" },
    body: {
      size: Math.min(query.limit ?? limitDefault, limitMax),
      track_total_hits: 10_000,
      sort: [{ "@timestamp": { order: "desc", unmapped_type: "date" } }, { "event.id": { order: "desc", unmapped_type: "keyword" } }],
      query: { bool: { filter: filtersOf(query) } },
    },
  });
  return {
    total: hits.total.value,
    totalIsExact: hits.total.relation === "eq",
    documents: hits.hits.map(({ _index, _id, _source }) => ({ index: _index, id: _id, source: _source })),
  };
}

function filtersOf({ text, status, path, from, to }: SearchQuery): object[] {
  const filters: object[] = [];
  if (text !== undefined && text !== "") filters.push({ multi_match: { query: text, type: "phrase", fields: textFields } });
  if (status !== undefined) filters.push({ term: { "http.response.status_code": status } });
  if (path !== undefined) filters.push({ term: { "url.path": path } });
  if (from !== undefined) filters.push({ range: { "@timestamp": { gte: from } } });
  if (to !== undefined) filters.push({ range: { "@timestamp": { lt: to } } });
  return filters;
}
