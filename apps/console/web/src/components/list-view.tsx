import { Button, Loader } from "@mantine/core";
import { useCallback, useEffect, useRef } from "react";
import { useI18n, type Translate } from "../i18n/index.tsx";
import { isFiltered, type Filters } from "../lib/filters.ts";
import type { RecordKey } from "../lib/location.ts";
import type { RecordList } from "../lib/record-list.ts";
import type { Records } from "../lib/use-records.ts";
import { EmptyState } from "./empty-state.tsx";
import { ErrorBanner } from "./error-banner.tsx";
import { UpIcon } from "./icons.tsx";
import { RecordTable } from "./record-table.tsx";

interface ListViewProps {
  readonly filters: Filters;
  readonly records: Records;
  readonly openKey: RecordKey | undefined;
  readonly onOpen: (key: RecordKey) => void;
  readonly onFilters: (filters: Filters) => void;
  readonly onAtTop: (atTop: boolean) => void;
}

/** So far down the list still counts as read from the top. */
const topPx = 24;

/** The list with its states: loading, empty, nothing matches, not readable, more to come. */
export function ListView({ filters, records, openKey, onOpen, onFilters, onAtTop }: ListViewProps) {
  const { t } = useI18n();
  const scroller = useRef<HTMLDivElement>(null);
  const { list, showFresh } = records;
  const toTop = useCallback(() => {
    showFresh();
    scroller.current?.scrollTo({ top: 0 });
  }, [showFresh]);
  useEffect(() => {
    // In braces: some browsers return a promise here, which an effect must not.
    scroller.current?.scrollTo({ top: 0 });
  }, [filters]);
  const isEmpty = list?.records.length === 0 && !records.isSettling;
  return (
    <main className="list-view" id="records" tabIndex={-1}>
      <div className="list-summary" aria-live="polite">
        <span>{list !== undefined && countText(list, t)}</span>
        {records.isSettling && <Loader size={14} aria-label={t("refreshing")} />}
      </div>
      {records.error !== null && <ErrorBanner error={records.error} hasOldData={list !== undefined} />}
      {records.freshCount > 0 && (
        <Button className="fresh-button" size="compact-sm" radius="xl" leftSection={<UpIcon />} onClick={toTop}>
          {freshText(records, t)}
        </Button>
      )}
      <div className="list-scroller" ref={scroller} onScroll={(event) => onAtTop(event.currentTarget.scrollTop <= topPx)}>
        {isEmpty && <EmptyState filtered={isFiltered(filters)} onFilters={onFilters} />}
        {list !== undefined && list.records.length > 0 && (
          <>
            <RecordTable
              records={list.records}
              arrived={list.arrived}
              filters={filters}
              openKey={openKey}
              onOpen={onOpen}
              dimmed={records.isSettling}
            />
            <div className="list-end">
              {list.nextCursor === null ? (
                <span>{t("endOfList")}</span>
              ) : (
                <Button variant="default" loading={records.isLoadingOlder} onClick={records.loadOlder}>
                  {t("loadOlder")}
                </Button>
              )}
            </div>
          </>
        )}
      </div>
    </main>
  );
}

function countText(list: RecordList, t: Translate): string {
  if (list.totalIsExact && list.total === 1) return t("recordOne");
  return t(list.totalIsExact ? "recordsExact" : "recordsAtLeast", { n: list.total.toLocaleString("en") });
}

function freshText({ freshCount, list }: Records, t: Translate): string {
  if (freshCount === 1) return t("freshOne");
  return t("fresh", { n: freshCount >= 50 && list !== undefined ? `${freshCount}+` : freshCount });
}
