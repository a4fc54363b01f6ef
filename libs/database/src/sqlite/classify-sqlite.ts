import { DeliveryError } from "@gatelog/pipeline";
import { DatabaseError } from "../errors.ts";

/**
 * Primary result codes that say something about the row: too big (18), constraint (19), mismatch (20).
 * Everything else (busy, locked, full, I/O, corrupt, read-only, an unexpected table) is about the database and passes or is mended.
 */
const permanentCodes = new Set(["SQLITE_TOOBIG", "SQLITE_CONSTRAINT", "SQLITE_MISMATCH"]);

/** A SQLite error as the delivery law sees it. **Source**: https://www.sqlite.org/rescode.html */
export function classifySqlite(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof DatabaseError) return new DeliveryError(error.code, error.message, { permanent: false, cause: error });
  const code = (error as { code?: unknown } | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  const primary = typeof code === "string" ? code.split("_", 2).join("_") : "";
  return permanentCodes.has(primary)
    ? new DeliveryError("GATELOG_DATABASE_REFUSED", `SQLite refused the row: ${message} (${String(code)})`, {
        permanent: true,
        cause: error,
      })
    : new DeliveryError("GATELOG_DATABASE_UNAVAILABLE", `SQLite: ${message}`, { permanent: false, cause: error });
}
