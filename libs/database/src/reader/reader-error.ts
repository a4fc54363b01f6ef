import { DatabaseError } from "../errors.ts";

/** A statement that ran into its time-out: SQLSTATE of PostgreSQL, errors of MariaDB and MySQL. */
const timedOut = new Set<unknown>(["57014", "1969", "3024"]);

/** What a driver or Prisma threw, as one sentence with a code. */
export function toReaderError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code, message } = causeOf(error);
  if (timedOut.has(code)) {
    return new DatabaseError(
      "GATELOG_DATABASE_QUERY_TIMEOUT",
      "the database took too long to answer; narrow the time or the filters",
      error,
    );
  }
  return new DatabaseError("GATELOG_DATABASE_NOT_READY", `the database cannot be read: ${message}`, error);
}

/** Prisma wraps the driver's error several times and prints the call; the innermost one says what happened. */
function causeOf(error: unknown): { code?: string; message: string } {
  let current = error;
  let found = { message: String(error) };
  for (let depth = 0; depth < 8 && typeof current === "object" && current !== null; depth++) {
    const { message, originalMessage, code, originalCode, cause, meta } = current as Record<string, unknown>;
    const text = originalMessage ?? message;
    const sqlCode = originalCode ?? code;
    if (typeof text === "string" && text !== "")
      found = { message: lastLine(text), ...(typeof sqlCode === "string" ? { code: sqlCode } : {}) };
    current = (meta as Record<string, unknown> | undefined)?.["driverAdapterError"] ?? cause;
  }
  return found;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? text;
}
