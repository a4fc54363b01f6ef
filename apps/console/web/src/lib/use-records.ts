import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { RecordPage } from "../../../src/wire.ts";
import { ApiError, fetchPage } from "./api.ts";
import { toApiQuery, type Filters } from "./filters.ts";
import { countFresh, withNewest, withOlder, type RecordList } from "./record-list.ts";

/** How often a visible page asks for newer records. A hidden one does not ask. */
export const refreshMs = 2000;

/** The list on the screen and what can be done with it. */
export interface Records {
  readonly list: RecordList | undefined;
  /** True until the first page of these filters is there. The list then still shows the records of the filters before. */
  readonly isSettling: boolean;
  /** Records that arrived while the reader was further down; `showFresh` puts them on top. */
  readonly freshCount: number;
  readonly error: Error | null;
  readonly isLoadingOlder: boolean;
  readonly showFresh: () => void;
  readonly loadOlder: () => void;
}

interface Held {
  readonly query: string;
  readonly list: RecordList;
  /** The newest page, not shown yet. */
  readonly waiting?: RecordPage;
}

/** Records for the filters, newest first; with `live`, newer ones join at the top while `atTop`, else they wait. */
export function useRecords(filters: Filters, options: { readonly live: boolean; readonly atTop: boolean }): Records {
  const { live, atTop } = options;
  // A relative range is counted back from the moment it was chosen, so that its query stays the same while one reads.
  const query = useMemo(() => toApiQuery(filters, Date.now()), [filters]);
  const lastAnswerMs = useRef(0);
  const head = useQuery({
    queryKey: ["records", query],
    queryFn: async ({ signal }) => {
      const startedMs = performance.now();
      const page = await fetchPage(query, undefined, signal);
      lastAnswerMs.current = performance.now() - startedMs;
      return page;
    },
    refetchInterval: ({ state }) => {
      if (state.error !== null) return isPassing(state.error) ? refreshMs : false;
      // A search that takes the database long is repeated more rarely.
      return live && Math.max(refreshMs, lastAnswerMs.current * 5);
    },
    placeholderData: keepPreviousData,
  });
  const [held, setHeld] = useState<Held>();
  const page = head.isPlaceholderData ? undefined : head.data;

  useEffect(() => {
    if (page === undefined) return;
    setHeld((before) => {
      if (before?.query !== query) return { query, list: withNewest(undefined, page) };
      if (atTop || countFresh(before.list, page) === 0) return { query, list: withNewest(before.list, page) };
      return { ...before, waiting: page };
    });
  }, [page, query, atTop]);

  const showFresh = useCallback(() => {
    setHeld((before) => before?.waiting && { query: before.query, list: withNewest(before.list, before.waiting) });
  }, []);
  const older = useOlder(held, setHeld);
  return {
    list: held?.list,
    isSettling: head.isLoading || head.isPlaceholderData || (page !== undefined && held?.query !== query),
    freshCount: held?.waiting === undefined ? 0 : countFresh(held.list, held.waiting),
    error: head.error ?? older.error,
    isLoadingOlder: older.isLoading,
    showFresh,
    loadOlder: older.load,
  };
}

/** The console or its store is away and will be back; anything else would fail again. */
function isPassing(error: Error): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status === 503;
}

type SetHeld = (update: (before: Held | undefined) => Held | undefined) => void;

function useOlder(held: Held | undefined, setHeld: SetHeld) {
  const client = useQueryClient();
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const busy = useRef(false);
  const cursor = held?.list.nextCursor;
  const query = held?.query;
  const load = useCallback(() => {
    if (busy.current || query === undefined || cursor === undefined || cursor === null) return;
    busy.current = true;
    setLoading(true);
    client
      .fetchQuery({ queryKey: ["older", query, cursor], queryFn: () => fetchPage(query, cursor), gcTime: 0 })
      .then((page) => {
        setError(null);
        setHeld((before) => {
          const same = before?.query === query && before.list.nextCursor === cursor;
          return same ? { ...before, list: withOlder(before.list, page) } : before;
        });
      })
      .catch((failure: Error) => setError(failure))
      .finally(() => {
        busy.current = false;
        setLoading(false);
      });
  }, [client, cursor, query, setHeld]);
  return { isLoading, error, load };
}
