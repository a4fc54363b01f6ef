import { useCallback, useMemo, useRef, useState } from "react";
import { Header } from "./components/header.tsx";
import { ListView } from "./components/list-view.tsx";
import { RecordDrawer } from "./components/record-drawer.tsx";
import { SearchBar } from "./components/search-bar.tsx";
import { useI18n } from "./i18n/index.tsx";
import { readFilters, writeFilters, type Filters } from "./lib/filters.ts";
import { go, usePlace, type RecordKey } from "./lib/location.ts";
import { useRecords } from "./lib/use-records.ts";

/** The page: header, search bar, list, and the open record above them. The address bar holds its state. */
export function App() {
  const { t } = useI18n();
  const place = usePlace();
  const search = writeFilters(place.filters);
  // Opening a record changes the address but not the search: the filters keep their identity, and the list its rows.
  const filters = useMemo(() => readFilters(search), [search]);
  const [live, setLive] = useState(true);
  const [atTop, setAtTop] = useState(true);
  const records = useRecords(filters, { live, atTop: atTop && place.open === undefined });
  const opened = useRef(false);

  const setFilters = useCallback((next: Filters, replace = false) => go({ filters: next, open: undefined }, { replace }), []);
  const open = useCallback(
    (key: RecordKey, replace = false) => {
      opened.current = true;
      go({ filters, open: key }, { replace });
    },
    [filters],
  );
  const close = useCallback(() => {
    // Back where the list was one step ago; a deep link has no list behind it and gets one.
    if (opened.current) history.back();
    else go({ filters, open: undefined });
    opened.current = false;
  }, [filters]);

  return (
    <div className="page">
      <a className="skip-link" href="#records">
        {t("skipToRecords")}
      </a>
      <Header live={live} onLive={setLive} />
      <SearchBar filters={filters} onFilters={setFilters} />
      <ListView filters={filters} records={records} openKey={place.open} onOpen={open} onFilters={setFilters} onAtTop={setAtTop} />
      <RecordDrawer recordKey={place.open} list={records.list} filters={filters} onOpen={open} onClose={close} onFilters={setFilters} />
    </div>
  );
}
