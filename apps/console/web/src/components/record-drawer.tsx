import { Drawer } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { RecordDetail } from "../../../src/wire.ts";
import { useI18n } from "../i18n/index.tsx";
import { ApiError, fetchRecord } from "../lib/api.ts";
import type { Filters } from "../lib/filters.ts";
import type { RecordKey } from "../lib/location.ts";
import { keyOf, type RecordList } from "../lib/record-list.ts";
import { ErrorBanner } from "./error-banner.tsx";
import { RecordToolbar } from "./record-toolbar.tsx";
import { RecordView } from "./record-view.tsx";

interface RecordDrawerProps {
  readonly recordKey: RecordKey | undefined;
  readonly list: RecordList | undefined;
  readonly filters: Filters;
  readonly onOpen: (key: RecordKey, replace: boolean) => void;
  readonly onClose: () => void;
  readonly onFilters: (filters: Filters) => void;
}

/** The open record over the list, which keeps its place behind it. `j` and `k` go to the older and the newer one. */
export function RecordDrawer({ recordKey, list, filters, onOpen, onClose, onFilters }: RecordDrawerProps) {
  const { t } = useI18n();
  const { newer, older } = neighbours(list, recordKey);
  const step = (key: RecordKey | undefined) => {
    if (key !== undefined) onOpen({ day: key.day, id: key.id }, true);
  };
  useHotkeys(
    recordKey === undefined
      ? []
      : [
          ["j", () => step(older)],
          ["k", () => step(newer)],
        ],
  );
  // While the drawer slides out it still shows what it showed.
  const lastKey = useRef(recordKey);
  lastKey.current = recordKey ?? lastKey.current;
  const record = useQuery({
    queryKey: ["record", lastKey.current],
    queryFn: ({ signal }) => fetchRecord(lastKey.current ?? { day: "", id: "" }, signal),
    enabled: recordKey !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.status === "error" ? 2000 : false),
  });
  useTitle(recordKey === undefined ? undefined : record.data);
  const isMissing = record.error instanceof ApiError && record.error.status === 404;
  return (
    <Drawer.Root opened={recordKey !== undefined} onClose={onClose} position="right" size="min(1320px, 94vw)" className="drawer">
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content aria-label={t("record")}>
        <RecordToolbar record={record.data} newer={newer && (() => step(newer))} older={older && (() => step(older))} onClose={onClose} />
        <Drawer.Body p={0} tabIndex={-1} data-autofocus>
          {isMissing && (
            <div className="empty">
              <h2>{t("notFoundTitle")}</h2>
              <p>{t("notFoundText")}</p>
            </div>
          )}
          {record.error !== null && !isMissing && <ErrorBanner error={record.error} />}
          {record.data !== undefined && <RecordView record={record.data} onPath={(path) => onFilters({ ...filters, path })} />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** The browser's tab and history say which record is open. */
function useTitle(record: RecordDetail | undefined): void {
  const title =
    record === undefined ? "gatelog" : `${record.status ?? ""} ${record.method ?? ""} ${record.path ?? record.id} · gatelog`.trim();
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function neighbours(
  list: RecordList | undefined,
  open: RecordKey | undefined,
): { newer?: RecordKey | undefined; older?: RecordKey | undefined } {
  if (list === undefined || open === undefined) return {};
  const index = list.records.findIndex((record) => keyOf(record) === keyOf(open));
  return index === -1 ? {} : { newer: list.records[index - 1], older: list.records[index + 1] };
}
