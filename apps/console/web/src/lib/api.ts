import type { About, RecordDetail, RecordPage, SavedSearch, StageHealth, WireError } from "../../../src/wire.ts";
import type { RecordKey } from "./location.ts";

/** How many records a page of the list holds. */
export const pageRecords = 50;

/** The console answered, but not with what was asked for. `status` 0: it did not answer at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function fetchPage(query: string, cursor: string | undefined, signal?: AbortSignal): Promise<RecordPage> {
  const params = new URLSearchParams(query);
  params.set("limit", String(pageRecords));
  if (cursor !== undefined) params.set("cursor", cursor);
  return get(`/api/records?${params}`, signal);
}

export function fetchRecord({ day, id }: RecordKey, signal?: AbortSignal): Promise<RecordDetail> {
  return get(`/api/records/${encodeURIComponent(day)}/${encodeURIComponent(id)}`, signal);
}

export async function fetchStages(signal?: AbortSignal): Promise<readonly StageHealth[]> {
  return (await get<{ stages: readonly StageHealth[] }>("/api/stages", signal)).stages;
}

export function fetchAbout(signal?: AbortSignal): Promise<About> {
  return get("/api/about", signal);
}

export async function fetchSearches(signal?: AbortSignal): Promise<readonly SavedSearch[]> {
  return (await get<{ searches: readonly SavedSearch[] }>("/api/searches", signal)).searches;
}

export async function saveSearch({ name, search }: SavedSearch): Promise<void> {
  await send("PUT", `/api/searches/${encodeURIComponent(name)}`, { search });
}

export async function deleteSearch(name: string): Promise<void> {
  await send("DELETE", `/api/searches/${encodeURIComponent(name)}`, {});
}

async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  const response = await request(url, signal === undefined ? {} : { signal });
  return (await response.json()) as T;
}

function send(method: string, url: string, body: object): Promise<Response> {
  return request(url, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

async function request(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "");
  });
  if (response.ok) return response;
  const body = (await response.json().catch(() => undefined)) as WireError | undefined;
  throw new ApiError(response.status, body?.error?.message ?? `${response.status} ${response.statusText}`);
}
