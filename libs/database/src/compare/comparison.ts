/** Which table is compared, and what of it. */
export interface CompareOptions {
  /** In the same database; `schema.table` where it is not in the usual one. */
  readonly table: string;
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  /** The column that holds our id; undefined: rows are told apart by the time (to the second) and all columns that are compared. */
  readonly idColumn: string | undefined;
  /** When the call began. */
  readonly timeColumn: string;
  /** Our columns and theirs; undefined: those that have the same name (without ids: `url` and `request_content`). */
  readonly columns: ReadonlyMap<string, string> | undefined;
  /** Of times there that have no zone. */
  readonly timeZone: string;
  /** Examples of each finding. */
  readonly samplesMax: number;
  /** Rows of either side that are held at once. Default 5,000. */
  readonly rowsMax?: number;
}

/** What does not agree: how much, and the first examples, a line each. */
export interface Finding {
  readonly count: number;
  readonly samples: readonly string[];
}

/** What a day looks like in both tables. */
export interface Comparison {
  readonly day: string;
  /** Calls of ours, and rows of theirs, doubles included. */
  readonly here: number;
  readonly there: number;
  /** Our columns whose values were compared. */
  readonly columns: readonly string[];
  readonly findings: Readonly<Record<FindingKind, Finding>>;
}

/** In the order in which they are told. */
export const findingKinds = ["missingThere", "missingHere", "doubledThere", "withoutIdThere", "different"] as const;
export type FindingKind = (typeof findingKinds)[number];
