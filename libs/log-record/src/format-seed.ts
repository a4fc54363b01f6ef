import type { LogRecord } from "./schema.ts";
import { offsetMsAt } from "./time-zone.ts";
import { readTimeMs } from "./time.ts";

/**
 * The record as a line of the original: seven fields in its order, all of them strings, times local to the second, and `method` the
 * request URI; but always valid JSON.
 *
 * **Shape**: `{"status":"200","requestTime":"2018-10-11 18:09:02","responseTime":"2018-10-11 18:09:02","requestURL":"http://host:9000/a/b",
 * "method":"/a/b","requestContent":"…","responseContent":"…"}`; what the record has not is an empty string.
 * **Errors**: RangeError for a time zone that this Node does not know.
 */
export function formatSeed(record: LogRecord, options: { readonly timeZone: string }): string {
  const requestTime = toLocalTime(record.requestTime, options.timeZone);
  return JSON.stringify({
    status: record.status === undefined ? "" : String(record.status),
    requestTime,
    responseTime: record.responseTime === undefined ? requestTime : toLocalTime(record.responseTime, options.timeZone),
    requestURL: record.url ?? "",
    method: requestUri(record),
    requestContent: record.requestContent ?? "",
    responseContent: record.responseContent ?? "",
  });
}

function requestUri({ path, query }: LogRecord): string {
  return query === undefined ? (path ?? "") : `${path ?? ""}?${query}`;
}

function toLocalTime(time: string, timeZone: string): string {
  const ms = readTimeMs(time, timeZone);
  if (ms === undefined) return "";
  return new Date(ms + offsetMsAt(ms, timeZone)).toISOString().slice(0, 19).replace("T", " ");
}
