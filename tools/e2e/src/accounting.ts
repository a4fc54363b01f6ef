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

/** Compares a store with the records of the files. */
export function differences(records: ReadonlyMap<string, string>, holdings: Holdings): Differences {
  let doubled = 0;
  let invented = 0;
  for (const [id, { count }] of holdings) {
    if (count > 1) doubled += count - 1;
    if (!records.has(id)) invented += 1;
  }
  const missing = [...records.keys()].filter((id) => !holdings.has(id)).length;
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

/** The records of the files when no more come: outside audit mode one is written some milliseconds after its call has ended. */
async function settledRecords(logDirectory: string): Promise<ReadonlyMap<string, string>> {
  let count = -1;
  const settled = () => {
    const records = recordsInFiles(logDirectory);
    const isSettled = records.size === count;
    count = records.size;
    return isSettled ? records : undefined;
  };
  return waitFor(settled, { intervalMs: 100, what: "no more records" });
}

/** Waits until the row count has caught up with the files, then compares every store with the files, id by id. */
export async function account(pipeline: Pipeline, stores: StoreAddresses, deadlineMs = 90_000): Promise<Accounts> {
  const records = await settledRecords(pipeline.logDirectory);
  const caughtUp = async () => {
    const enough = (holdings: Holdings) => holdings.size >= records.size;
    return (
      enough(await rowsInDatabase(stores.database)) &&
      (!stores.search || enough(await documentsInSearch(stores.search.url, stores.search.index)))
    );
  };
  // When it never catches up the comparison below says what is missing.
  await waitFor(caughtUp, { deadlineMs, intervalMs: 500, what: "the stores" }).catch(() => {});
  const messages = stores.kafka && (await messagesInTopic(stores.kafka.broker, stores.kafka.topic));
  const topic = messages && differences(records, messages);
  return {
    records: records.size,
    sql: differences(records, await rowsInDatabase(stores.database)),
    ...(stores.search ? { search: differences(records, await documentsInSearch(stores.search.url, stores.search.index)) } : {}),
    ...(topic ? { topic: { missing: topic.missing, invented: topic.invented } } : {}),
    topicRepeats: topic?.doubled ?? 0,
  };
}
