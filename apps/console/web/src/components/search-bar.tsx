import { Autocomplete, Button, Select, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useI18n } from "../i18n/index.tsx";
import { isFiltered, noFilters, ranges, type Filters } from "../lib/filters.ts";
import { fromFieldTime, toFieldTime } from "../lib/format.ts";
import { ChevronDownIcon, CloseIcon, SearchIcon } from "./icons.tsx";
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
  const clear = () => {
    for (const typed of [text, path, status]) typed.discard();
    onFilters(noFilters);
  };
  return (
    <search className="search-bar">
      <TextInput
        {...text.field}
        ref={searchField}
        className="search-text"
        type="search"
        aria-label={t("search")}
        placeholder={t("searchHint")}
        leftSection={<SearchIcon />}
        rightSection={<kbd className="slash-key">/</kbd>}
      />
      <Autocomplete
        {...status.field}
        onChange={status.type}
        className="search-status"
        aria-label={t("status")}
        placeholder={t("statusHint")}
        data={[...statusClasses]}
        filter={({ options }) => options}
        renderOption={({ option }) => t(`status.${option.value as (typeof statusClasses)[number]}`)}
        rightSection={<ChevronDownIcon />}
        rightSectionPointerEvents="none"
      />
      <TextInput {...path.field} className="search-path mono-field" aria-label={t("path")} placeholder={t("pathHint")} />
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
        <Button variant="subtle" color="gray" leftSection={<CloseIcon />} px="xs" onClick={clear}>
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

/**
 * A field that shows what is typed at once and reports it after a pause, or with Enter. Until then it is a draft, which
 * any change from outside (back, a saved search) and `discard` throw away.
 */
function useTyped(value: string, report: (value: string) => void) {
  const [draft, setDraft] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const discard = () => {
    clearTimeout(timer.current);
    setDraft(undefined);
  };
  const flush = (text: string) => {
    discard();
    if (text !== value) report(text);
  };
  // The pause ends in a later rendering: what it reports must not bring back the other filters of this one.
  const latestFlush = useRef(flush);
  latestFlush.current = flush;
  const type = (text: string) => {
    clearTimeout(timer.current);
    setDraft(text);
    timer.current = setTimeout(() => latestFlush.current(text), typingPauseMs);
  };
  useEffect(() => {
    setDraft(undefined);
    return () => clearTimeout(timer.current);
  }, [value]);
  return {
    type,
    discard,
    field: {
      value: draft ?? value,
      onChange: (event: { currentTarget: { value: string } }) => type(event.currentTarget.value),
      onKeyDown: (event: { key: string }) => {
        if (event.key === "Enter" && draft !== undefined) flush(draft);
      },
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
