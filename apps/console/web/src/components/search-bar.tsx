import { Autocomplete, Button, Select, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useI18n } from "../i18n/index.tsx";
import { isFiltered, noFilters, ranges, type Filters } from "../lib/filters.ts";
import { fromFieldTime, toFieldTime } from "../lib/format.ts";
import { CloseIcon, SearchIcon } from "./icons.tsx";
import { SavedSearches } from "./saved-searches.tsx";

interface SearchBarProps {
  readonly filters: Filters;
  readonly onFilters: (filters: Filters, replace?: boolean) => void;
}

const statusClasses = ["2xx", "3xx", "4xx", "5xx", "499"] as const;
const typingPauseMs = 250;

/** Everything that narrows the list. What is typed takes effect after a short pause, or at once with Enter. */
export function SearchBar({ filters, onFilters }: SearchBarProps) {
  const { t } = useI18n();
  const searchField = useRef<HTMLInputElement>(null);
  useSlashKey(searchField);
  const text = useTyped(filters.q, (q) => onFilters({ ...filters, q }, true));
  const path = useTyped(filters.path, (path) => onFilters({ ...filters, path }, true));
  const status = useTyped(filters.status, (status) => onFilters({ ...filters, status }, true));
  return (
    <search className="search-bar">
      <TextInput
        {...text}
        ref={searchField}
        className="search-text"
        type="search"
        aria-label={t("search")}
        placeholder={t("searchHint")}
        leftSection={<SearchIcon />}
        rightSection={<kbd className="slash-key">/</kbd>}
      />
      <Autocomplete
        {...status}
        onChange={status.set}
        className="search-status"
        aria-label={t("status")}
        placeholder={t("statusHint")}
        data={[...statusClasses]}
        filter={({ options }) => options}
        renderOption={({ option }) => t(`status.${option.value as (typeof statusClasses)[number]}`)}
        clearable
      />
      <TextInput {...path} className="search-path mono-field" aria-label={t("path")} placeholder={t("pathHint")} />
      <Select
        className="search-range"
        aria-label={t("time")}
        value={filters.range}
        allowDeselect={false}
        data={ranges.map((range) => ({ value: range, label: t(`range.${range}`) }))}
        onChange={(range) => onFilters({ ...filters, range: range ?? "all", from: "", to: "" })}
      />
      {filters.range === "custom" && <CustomRange filters={filters} onFilters={onFilters} />}
      {isFiltered(filters) && (
        <Button variant="subtle" color="gray" leftSection={<CloseIcon />} px="xs" onClick={() => onFilters(noFilters)}>
          {t("clearFilters")}
        </Button>
      )}
      <SavedSearches filters={filters} onFilters={onFilters} />
    </search>
  );
}

function CustomRange({ filters, onFilters }: SearchBarProps) {
  const { t } = useI18n();
  const field = (end: "from" | "to") => (
    <TextInput
      type="datetime-local"
      step={1}
      aria-label={t(end)}
      title={t(end)}
      value={toFieldTime(filters[end])}
      onChange={(event) => onFilters({ ...filters, [end]: fromFieldTime(event.currentTarget.value) }, true)}
    />
  );
  return (
    <div className="custom-range">
      {field("from")}
      <span aria-hidden="true">–</span>
      {field("to")}
    </div>
  );
}

/** A field that shows what is typed at once and reports it after a pause; a change from outside (back, clear) wins. */
function useTyped(value: string, report: (value: string) => void) {
  const [typed, setTyped] = useState(value);
  const reported = useRef(value);
  const latest = useRef(report);
  latest.current = report;
  useEffect(() => {
    reported.current = value;
    setTyped(value);
  }, [value]);
  const flush = (next: string) => {
    if (next === reported.current) return;
    reported.current = next;
    latest.current(next);
  };
  useEffect(() => {
    const timer = setTimeout(() => flush(typed), typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return {
    value: typed,
    set: setTyped,
    onChange: (event: { currentTarget: { value: string } }) => setTyped(event.currentTarget.value),
    onKeyDown: (event: { key: string }) => {
      if (event.key === "Enter") flush(typed);
    },
  };
}

/** The key `/` goes to the search field, unless one is typing somewhere. */
function useSlashKey(field: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(?:input|textarea|select)$/iu.test(event.target.tagName);
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [field]);
}
