/** How rows of a table are told apart, and what becomes of one that is there. */
export interface InsertKey {
  readonly key: readonly string[];
  /** Columns whose values are added to those of the row that is there; without any it is left as it is. */
  readonly added?: readonly string[];
}

/** The end of an INSERT, as PostgreSQL and SQLite write it. */
export function onConflict(table: string, { key, added = [] }: InsertKey): string {
  const target = `ON CONFLICT (${key.join(", ")})`;
  if (added.length === 0) return `${target} DO NOTHING`;
  return `${target} DO UPDATE SET ${added.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(", ")}`;
}
