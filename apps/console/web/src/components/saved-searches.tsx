import { ActionIcon, Button, Menu, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useI18n } from "../i18n/index.tsx";
import { deleteSearch, fetchSearches, saveSearch } from "../lib/api.ts";
import { isFiltered, readFilters, writeFilters, type Filters } from "../lib/filters.ts";
import { BookmarkIcon, CloseIcon } from "./icons.tsx";

interface SavedSearchesProps {
  readonly filters: Filters;
  readonly onFilters: (filters: Filters) => void;
}

/** Named searches, kept in the console's own settings database. */
export function SavedSearches({ filters, onFilters }: SavedSearchesProps) {
  const { t } = useI18n();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const searches = useQuery({ queryKey: ["searches"], queryFn: ({ signal }) => fetchSearches(signal), enabled: opened });
  const reload = () => client.invalidateQueries({ queryKey: ["searches"] });
  const remove = useMutation({ mutationFn: deleteSearch, onSettled: reload });
  const failure = searches.error ?? remove.error;
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-end" width={300} shadow="md" trapFocus={false}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t("savedSearches")} title={t("savedSearches")}>
          <BookmarkIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("savedSearches")}</Menu.Label>
        {failure !== null && <div className="menu-note menu-error">{failure.message}</div>}
        {searches.data?.length === 0 && <div className="menu-note">{t("noSavedSearches")}</div>}
        {searches.data?.map(({ name, search }) => (
          <div className="saved-search" key={name}>
            <Menu.Item onClick={() => onFilters(readFilters(search))}>{name}</Menu.Item>
            <ActionIcon variant="subtle" color="gray" aria-label={t("delete", { name })} onClick={() => remove.mutate(name)}>
              <CloseIcon size={14} />
            </ActionIcon>
          </div>
        ))}
        {isFiltered(filters) && <SaveForm search={writeFilters(filters).slice(1)} onSaved={() => void reload()} />}
      </Menu.Dropdown>
    </Menu>
  );
}

function SaveForm({ search, onSaved }: { readonly search: string; readonly onSaved: () => void }) {
  const { t } = useI18n();
  const [name, setName] = useState("");
  const save = useMutation({
    mutationFn: saveSearch,
    onSuccess: () => {
      setName("");
      onSaved();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") save.mutate({ name: name.trim(), search });
  };
  return (
    <>
      <Menu.Divider />
      <form className="save-form" onSubmit={submit}>
        <TextInput
          size="xs"
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => event.stopPropagation()}
          aria-label={t("searchName")}
          placeholder={t("searchName")}
          error={save.error?.message}
        />
        <Button type="submit" size="xs" loading={save.isPending} disabled={name.trim() === ""}>
          {t("save")}
        </Button>
      </form>
    </>
  );
}
