import { DeliveryError } from "@gatelog/pipeline";
import { DatabaseError } from "../errors.ts";

/** SQLSTATE classes about the row itself: 21 two rows of a batch are one for an upsert, 22 data exception, 23 integrity constraint, 44 against a view. */
const permanentClasses = new Set(["21", "22", "23", "44"]);
/** `program_limit_exceeded`: an index entry or a value that is too large. `raise_exception`, `assert_failure`: a trigger refuses it. */
const permanentCodes = new Set(["54000", "P0001", "P0004"]);

/**
 * A PostgreSQL error as the delivery law sees it: refused for the row's content, or anything else, which passes or is mended
 * (connection, lock, disk, memory, shutdown, missing table or right).
 *
 * **Source**: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function classifyPostgresql(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof DatabaseError) return new DeliveryError(error.code, error.message, { permanent: false, cause: error });
  const { code, routine } = (error ?? {}) as { code?: unknown; routine?: unknown };
  const message = error instanceof Error ? error.message : String(error);
  return isAboutTheRow(code, routine, message)
    ? new DeliveryError("GATELOG_DATABASE_REFUSED", `PostgreSQL refused the row: ${message} (${String(code)})`, {
        permanent: true,
        cause: error,
      })
    : new DeliveryError("GATELOG_DATABASE_UNAVAILABLE", `PostgreSQL: ${message || String(code)}`, { permanent: false, cause: error });
}

function isAboutTheRow(code: unknown, routine: unknown, message: string): boolean {
  // The arrays of one statement together were longer than a JavaScript string can be: fewer rows at a time will do.
  if (code === "ERR_STRING_TOO_LONG" || message === "Invalid string length") return true;
  if (typeof code !== "string" || code.length !== 5) return false;
  // A table without a partition for the row is the table's fault, though its code is of class 23.
  if (routine === "ExecFindPartition") return false;
  return permanentCodes.has(code) || permanentClasses.has(code.slice(0, 2));
}
