/** Codes of the console's errors: what each means and what to do. The reference page is generated from this table. */
export const errors = {
  GATELOG_CONSOLE_PARAMETER: "A parameter of the request is not valid. The message names it and says what is expected.",
  GATELOG_CONSOLE_NO_RECORD: "No record has this day and id. It may not have arrived yet, or retention has removed it.",
  GATELOG_CONSOLE_NOT_FOUND: "Nothing is served at this path. The API is under /api/records.",
  GATELOG_CONSOLE_STORE_UNAVAILABLE:
    "The database of the records does not answer, or has no tables yet. The console asks again by itself; look at db-sink and at stores.sql.url.",
  GATELOG_CONSOLE_STORE_SLOW: "The database took too long over this search. Narrow the time range or add a status or a path.",
  GATELOG_CONSOLE_SETTINGS_UNAVAILABLE: "The console's own database (settings.url) cannot be read or written. Look at its file and disk.",
  GATELOG_CONSOLE_FOREIGN_HOST:
    "The request's Host header is not this machine's loopback name. Open the console as http://127.0.0.1:<port> or http://localhost:<port>.",
  GATELOG_CONSOLE_FOREIGN_SITE: "Another web site's page asked for the console's data. Open the console in a tab of its own.",
  GATELOG_CONSOLE_INTERNAL: "The console failed in a way it should not. Its log has the details under the requestId of the answer.",
} as const;

export type ConsoleErrorCode = keyof typeof errors;

/** An answer that is not 2xx: its status, its code, and one sentence for whoever asked. */
export class ConsoleError extends Error {
  override readonly name = "ConsoleError";
  readonly statusCode: number;
  readonly code: ConsoleErrorCode;

  constructor(statusCode: number, code: ConsoleErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.statusCode = statusCode;
    this.code = code;
  }
}
