import { formatRecord, type LogRecord, mintId, minimalEcs, parseLine, toEcs } from "@gatelog/log-record";
import type { ElasticsearchServer } from "@gatelog/testkit";
import type { SearchDocument } from "./index.ts";

/** Asks a server without the library. */
export async function askOf<T>({ url }: ElasticsearchServer, method: string, path: string, body?: object): Promise<T> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(`${url}${path}`, init);
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  return (await response.json()) as T;
}

interface Hits {
  readonly hits: { readonly hits: readonly { readonly _index: string; readonly _id: string; readonly _source: Record<string, unknown> }[] };
}

/** All documents of the daily indices, or of a data stream where `index` has a `*` already. */
export async function storedOf(server: ElasticsearchServer, index: string) {
  const pattern = index.includes("*") ? index : `${index}-*`;
  await askOf(server, "POST", `/${pattern}/_refresh`);
  return (await askOf<Hits>(server, "GET", `/${pattern}/_search?size=1000&sort=_doc`)).hits.hits;
}

/** A record whose UTC day is 2026-11-24. */
export function recordOf(change: Partial<LogRecord> = {}): LogRecord {
  return { v: 1, id: mintId(), requestTime: "2026-11-23T23:30:00.000-02:00", gateway: "gw", boot: "b", seq: 1, ...change };
}

/** The record's document; `body` in its place where it is given. */
export function documentOf(record: LogRecord, body?: object): SearchDocument {
  const line = formatRecord(record);
  const identity = { id: record.id, time: new Date(record.requestTime).toISOString() };
  return {
    id: record.id,
    day: identity.time.slice(0, 10),
    body: body ?? toEcs(parseLine(line, { seedTimeZone: "UTC" }), identity, line),
    minimal: (refusal) => minimalEcs(identity, line, refusal),
  };
}
