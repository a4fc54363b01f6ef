import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { StartError } from "@gatelog/service-kit";
import { createClient, type Client } from "@libsql/client";
import type { SavedSearch } from "./wire.ts";

/** Most searches that are kept. */
export const savedSearchesMax = 200;

/** Named searches in the console's own SQLite file. */
export interface SavedSearches {
  /** By name. */
  list(): Promise<readonly SavedSearch[]>;
  /** Saves or replaces. Resolves false, and saves nothing, where there are `savedSearchesMax` others already. */
  save(search: SavedSearch): Promise<boolean>;
  /** Resolves false where there was none of this name. */
  remove(name: string): Promise<boolean>;
  close(): void;
}

const createTable = `create table if not exists saved_search (
  name text primary key,
  search text not null,
  saved_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)`;

/**
 * Opens the settings file of a `file:` URL, creating it and its folder where they are missing.
 *
 * **Errors**: StartError when it cannot be written.
 */
export async function openSavedSearches(url: string): Promise<SavedSearches> {
  try {
    await mkdir(dirname(url.replace(/^file:/u, "")), { recursive: true });
    const client = createClient({ url });
    await client.execute(createTable);
    return new SqliteSavedSearches(client);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`settings.url: cannot open ${url}: ${reason}`, { cause: error });
  }
}

class SqliteSavedSearches implements SavedSearches {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async list(): Promise<readonly SavedSearch[]> {
    const { rows } = await this.#client.execute("select name, search from saved_search order by name");
    return rows.map((row) => ({ name: row["name"] as string, search: row["search"] as string }));
  }

  async save({ name, search }: SavedSearch): Promise<boolean> {
    const { rowsAffected } = await this.#client.execute({
      sql: `insert into saved_search (name, search)
        select ?1, ?2 where (select count(*) from saved_search where name <> ?1) < ?3
        on conflict (name) do update set search = excluded.search, saved_at = excluded.saved_at`,
      args: [name, search, savedSearchesMax],
    });
    return rowsAffected > 0;
  }

  async remove(name: string): Promise<boolean> {
    const { rowsAffected } = await this.#client.execute({ sql: "delete from saved_search where name = ?", args: [name] });
    return rowsAffected > 0;
  }

  close(): void {
    this.#client.close();
  }
}
