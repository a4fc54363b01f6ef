import { useMemo, useSyncExternalStore } from "react";
import { readFilters, writeFilters, type Filters } from "./filters.ts";

/** Which record is open. */
export interface RecordKey {
  readonly day: string;
  readonly id: string;
}

/** The page's whole state: everything else can be lost on reload. */
export interface Place {
  readonly filters: Filters;
  readonly open: RecordKey | undefined;
}

const changed = "gatelog:place";
const recordPath = /^\/records\/([^/]+)\/([^/]+)\/?$/;

/** The place that the address bar shows, following back, forward and `go`. */
export function usePlace(): Place {
  const href = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  return useMemo(() => parsePlace(href), [href]);
}

/** Goes to a place. `replace` leaves no step in the history (typing in a field). */
export function go(place: Place, options: { readonly replace?: boolean } = {}): void {
  const href = hrefOf(place);
  if (href === location.pathname + location.search) return;
  if (options.replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  dispatchEvent(new Event(changed));
}

/** The address of a place, for links. */
export function hrefOf({ filters, open }: Place): string {
  const path = open === undefined ? "/" : `/records/${encodeURIComponent(open.day)}/${encodeURIComponent(open.id)}`;
  return path + writeFilters(filters);
}

function parsePlace(href: string): Place {
  const [path = "/", search = ""] = href.split(/\?(.*)/s);
  const match = recordPath.exec(path);
  const open = match === null ? undefined : { day: decode(match[1]), id: decode(match[2]) };
  return { filters: readFilters(search), open };
}

function decode(part = ""): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  addEventListener(changed, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(changed, listener);
  };
}
