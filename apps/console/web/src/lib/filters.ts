/** The time ranges offered, as in the URL (`range=1h`); `all` is the default and not written; `custom` uses `from` and `to`. */
export const ranges = ["all", "15m", "1h", "24h", "7d", "custom"] as const;
export type Range = (typeof ranges)[number];

/** What is searched for. All of it lives in the page's URL. */
export interface Filters {
  readonly q: string;
  readonly status: string;
  readonly path: string;
  readonly range: Range;
  /** ISO 8601 UTC; only with range `custom`. */
  readonly from: string;
  readonly to: string;
}

export const noFilters: Filters = { q: "", status: "", path: "", range: "all", from: "", to: "" };

const rangeMs: Readonly<Record<string, number>> = { "15m": 900_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 };

/** Filters from a query string. What it does not know it ignores, so that an old link still opens. */
export function readFilters(search: string): Filters {
  const params = new URLSearchParams(search);
  const from = params.get("from") ?? "";
  const to = params.get("to") ?? "";
  const wanted = ranges.find((range) => range === params.get("range"));
  const range = from !== "" || to !== "" ? "custom" : (wanted ?? "all");
  return { q: params.get("q") ?? "", status: params.get("status") ?? "", path: params.get("path") ?? "", range, from, to };
}

/** The query string of the page for these filters, with `?`, or empty. */
export function writeFilters(filters: Filters): string {
  const params = new URLSearchParams();
  for (const key of ["q", "status", "path"] as const) if (filters[key] !== "") params.set(key, filters[key]);
  if (filters.range === "custom") {
    if (filters.from !== "") params.set("from", filters.from);
    if (filters.to !== "") params.set("to", filters.to);
    if (filters.from === "" && filters.to === "") params.set("range", "custom");
  } else if (filters.range !== "all") params.set("range", filters.range);
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** The API's parameters for these filters; a relative range becomes a `from` counted back from `nowMs`. */
export function toApiQuery(filters: Filters, nowMs: number): string {
  const params = new URLSearchParams();
  for (const key of ["q", "status", "path"] as const) if (filters[key].trim() !== "") params.set(key, filters[key].trim());
  const backMs = rangeMs[filters.range];
  if (backMs !== undefined) params.set("from", new Date(nowMs - backMs).toISOString());
  if (filters.range === "custom" && filters.from !== "") params.set("from", filters.from);
  if (filters.range === "custom" && filters.to !== "") params.set("to", filters.to);
  return params.toString();
}

export function isFiltered(filters: Filters): boolean {
  return writeFilters(filters) !== "";
}
