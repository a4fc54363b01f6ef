import { DatabaseError, openReader, type CallReader, type ListedRecord, type ListQuery } from "@gatelog/database";
import { StartError } from "@gatelog/service-kit";
import { ConsoleError } from "./errors.ts";
import { wrong } from "./record-query.ts";
import type { RecordDetail, RecordPage, RecordSummary } from "./wire.ts";

/** Where the API reads records. Rejects with a ConsoleError: 400 for a cursor that is none, 503 while there is nothing to read. */
export interface RecordStore {
  list(query: ListQuery): Promise<RecordPage>;
  /** Undefined where there is no such record. */
  get(day: string, id: string): Promise<RecordDetail | undefined>;
  /** Why the records cannot be read now, or undefined. Never rejects. */
  check(): Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * The records in the database that db-sink writes; nothing is connected yet, and nothing is ever written.
 *
 * **Errors**: StartError for a URL of a kind that cannot be read.
 */
export function openSqlStore(url: string): RecordStore {
  const reader = open(url);
  return {
    list: async (query) => {
      const page = await reader.list(query).catch(answer);
      return { ...page, records: page.records.map(toSummary) };
    },
    get: async (day, id) => (await reader.get(day, id).catch(answer)) ?? undefined,
    check: async () => {
      const { ready, reason } = await reader.check();
      return ready ? undefined : (reason ?? "the database does not answer");
    },
    close: () => reader.close(),
  };
}

/** How many characters of a body a list carries; the database's list cuts there. */
const previewChars = 200;

/** A body that is as long as a preview may go on: `contentCut` says so. */
function toSummary({ requestPreview, responsePreview, ...record }: ListedRecord): RecordSummary {
  const isCut = [requestPreview, responsePreview].some((preview) => preview !== undefined && Array.from(preview).length >= previewChars);
  return {
    ...record,
    ...(requestPreview === undefined ? {} : { requestContent: requestPreview }),
    ...(responsePreview === undefined ? {} : { responseContent: responsePreview }),
    ...(isCut ? { contentCut: true } : {}),
  };
}

function open(url: string): CallReader {
  try {
    return openReader(url);
  } catch (error) {
    throw new StartError(`stores.sql.url: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function answer(error: unknown): never {
  if (!(error instanceof DatabaseError)) throw error;
  if (error.code === "GATELOG_DATABASE_QUERY") throw wrong(error.message, error);
  if (error.code === "GATELOG_DATABASE_QUERY_TIMEOUT") throw new ConsoleError(504, "GATELOG_CONSOLE_STORE_SLOW", error.message, error);
  throw new ConsoleError(503, "GATELOG_CONSOLE_STORE_UNAVAILABLE", error.message, error);
}
