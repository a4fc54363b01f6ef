import type { FastifyInstance } from "fastify";
import { ConsoleError } from "./errors.ts";
import { readRecordQuery, wrong } from "./record-query.ts";
import type { RecordStore } from "./sql-store.ts";
import type { RecordDetail } from "./wire.ts";

const dayPattern = /^\d{4}-\d\d-\d\d$/u;
const idPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;

interface RecordAddress {
  readonly day: string;
  readonly id: string;
}

/** `GET /api/records` and `GET /api/records/{day}/{id}`. */
export function registerRecordsApi(server: FastifyInstance, store: RecordStore): void {
  server.get<{ Querystring: Record<string, unknown> }>("/api/records", (request) => store.list(readRecordQuery(request.query)));
  server.get<{ Params: RecordAddress }>("/api/records/:day/:id", (request) => readRecord(store, request.params));
}

async function readRecord(store: RecordStore, { day, id }: RecordAddress): Promise<RecordDetail> {
  if (!dayPattern.test(day) || Number.isNaN(Date.parse(day))) throw wrong(`the day must be a date such as 2026-11-23, not "${day}"`);
  if (!idPattern.test(id)) throw wrong(`the id must be a UUID, not "${id}"`);
  const record = await store.get(day, id.toLowerCase());
  if (record === undefined) throw new ConsoleError(404, "GATELOG_CONSOLE_NO_RECORD", `There is no record ${id} on ${day}.`);
  return record;
}
