/** Why a batch is tried again: labels of a metric. */
export const retryReasons = ["deadlock", "timeout", "connection", "refused", "other"] as const;
export type RetryReason = (typeof retryReasons)[number];

/*
 * By the databases' own codes. PostgreSQL: SQLSTATE; MySQL and MariaDB: errno; Oracle: ORA numbers; SQLite: its names; Node: system errors.
 */
const codes: Readonly<Record<"deadlock" | "timeout" | "connection", ReadonlySet<string>>> = {
  deadlock: new Set(["40P01", "40001", "1213", "ORA-00060"]),
  timeout: new Set(["57014", "55P03", "1205", "1969", "3024", "SQLITE_BUSY", "ER_SOCKET_TIMEOUT", "NJS-123"]),
  connection: new Set([
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ENOTFOUND",
    "EHOSTUNREACH",
    // Of a network that swallows: a transaction that is smaller gets no further.
    "ETIMEDOUT",
    "ER_CONNECTION_TIMEOUT",
    "NJS-040",
    "NJS-510",
    "57P01",
    "57P02",
    "57P03",
    "53300",
    "1040",
    "1203",
  ]),
};
const words: readonly (readonly [RetryReason, RegExp])[] = [
  ["connection", /trying to connect|timeout expired|connection timeout/i],
  ["deadlock", /deadlock|could not serialize/i],
  ["timeout", /time(d)?[- ]?out|database is locked|canceling statement/i],
  ["connection", /connection|connect |socket|terminat/i],
];

/** Why this failure happened, by the codes along its causes, else by its words. */
export function retryReasonOf(error: { readonly permanent?: boolean; readonly message: string; readonly cause?: unknown }): RetryReason {
  if (error.permanent === true) return "refused";
  for (let cause: unknown = error, depth = 0; cause !== null && typeof cause === "object" && depth < 5; depth++) {
    const { code, errno, cause: next } = cause as { code?: unknown; errno?: unknown; cause?: unknown };
    for (const reason of ["deadlock", "timeout", "connection"] as const) {
      if (codes[reason].has(String(code)) || codes[reason].has(String(errno))) return reason;
    }
    cause = next;
  }
  return words.find(([, pattern]) => pattern.test(error.message))?.[0] ?? "other";
}
