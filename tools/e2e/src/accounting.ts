import { waitFor } from "@gatelog/testkit";
import type { Pipeline } from "./pipeline.ts";
import { documentsInSearch, messagesInTopic, recordsInFiles, rowsInDatabase, type Holdings } from "./stores.ts";

/** Where the records must have arrived. */
export interface StoreAddresses {
  readonly database: string;
  readonly search?: { readonly url: string; readonly index: string };
  readonly kafka?: { readonly broker: string; readonly topic: string };
}

/** What a store lacks, has too often, or has without it being in a file. */
export interface Differences {
  readonly missing: number;
  readonly doubled: number;
  readonly invented: number;
}

/** Records of the files by their ids: those that were there before the stores were looked at, and those that were there afterwards. */
interface Written {
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

/**
 * Compares a store with the records of the files. While there are calls, and outside audit mode some milliseconds after the last one, records
 * are still written: a store may have those already, and need not have them yet.
 */
function differences({ before, after }: Written, holdings: Holdings): Differences {
  let doubled = 0;
  let invented = 0;
  for (const [id, { count }] of holdings) {
    if (count > 1) doubled += count - 1;
    if (!after.has(id)) invented += 1;
  }
  const missing = [...before.keys()].filter((id) => !holdings.has(id)).length;
  return { missing, doubled, invented };
}

/** The outcome for every store, for `expect(...).toEqual(exact)`; `doubled` of the topic is reported apart: repeats are allowed there. */
export interface Accounts {
  readonly records: number;
  readonly sql: Differences;
  readonly search?: Differences;
  readonly topic?: Omit<Differences, "doubled">;
  readonly topicRepeats: number;
}

/** Exactly once. */
export const exact: Differences = { missing: 0, doubled: 0, invented: 0 };

/** Waits until the row count has caught up with the files, then compares every store with the files, id by id. */
export async function account(pipeline: Pipeline, stores: StoreAddresses, deadlineMs = 90_000): Promise<Accounts> {
  const before = recordsInFiles(pipeline.logDirectory);
  const caughtUp = async () => {
    const enough = (holdings: Holdings) => holdings.size >= before.size;
    return (
      enough(await rowsInDatabase(stores.database)) &&
      (!stores.search || enough(await documentsInSearch(stores.search.url, stores.search.index)))
    );
  };
  // When it never catches up the comparison below says what is missing.
  await waitFor(caughtUp, { deadlineMs, intervalMs: 500, what: "the stores" }).catch(() => {});
  const messages = stores.kafka && (await messagesInTopic(stores.kafka.broker, stores.kafka.topic));
  const rows = await rowsInDatabase(stores.database);
  const documents = stores.search && (await documentsInSearch(stores.search.url, stores.search.index));
  const written = { before, after: recordsInFiles(pipeline.logDirectory) };
  const topic = messages && differences(written, messages);
  return {
    records: written.after.size,
    sql: differences(written, rows),
    ...(documents ? { search: differences(written, documents) } : {}),
    ...(topic ? { topic: { missing: topic.missing, invented: topic.invented } } : {}),
    topicRepeats: topic?.doubled ?? 0,
  };
}
