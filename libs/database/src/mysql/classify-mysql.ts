import { DeliveryError } from "@gatelog/pipeline";
import { DatabaseError } from "../errors.ts";

/**
 * Errors about the row itself: a value that is too long (1406), out of range (1264, 1690), of a wrong form (1265, 1292, 1366, 3140, 3141, 3157),
 * missing (1048, 1364), against a CHECK (3819 of MySQL, 4025 of MariaDB), a foreign key (1216, 1452) or a view (1369), refused by a trigger (1644), or
 * a row that is too large (1118, 1153).
 */
const aboutTheRow = new Set<unknown>([
  1048, 1118, 1153, 1216, 1264, 1265, 1292, 1364, 1366, 1369, 1406, 1452, 1644, 1690, 3140, 3141, 3157, 3819, 4025,
]);
const duplicateKey = 1062;

/**
 * An error of MySQL or MariaDB as the delivery law sees it: refused for the row's content, or anything else, which passes or is mended (connection,
 * lock, deadlock, disk, shutdown, missing table or right). A key that is there already is never the row's fault, but that of an index of somebody else is.
 *
 * **Source**: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
export function classifyMysql(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof DatabaseError) return new DeliveryError(error.code, error.message, { permanent: false, cause: error });
  const { errno, code } = (error ?? {}) as { errno?: unknown; code?: unknown };
  const message = error instanceof Error ? error.message : String(error);
  return aboutTheRow.has(errno) || (errno === duplicateKey && !isDuplicateCall(error))
    ? refused(error)
    : new DeliveryError("GATELOG_DATABASE_UNAVAILABLE", `MySQL: ${message || String(code)}`, { permanent: false, cause: error });
}

/** What the team's own table answered: there a key that is there already, also its primary one, is the row's fault. */
export function classifyOwnMysql(error: unknown): unknown {
  return isDuplicateCall(error) ? refused(error) : error;
}

function refused(error: unknown): DeliveryError {
  const { errno, message } = error as { errno?: unknown; message?: unknown };
  return new DeliveryError("GATELOG_DATABASE_REFUSED", `MySQL refused the row: ${String(message)} (${String(errno)})`, {
    permanent: true,
    cause: error,
  });
}

/** Whether a row has the primary key of one that is there. MariaDB names it `PRIMARY`, MySQL `interface_log.PRIMARY`. */
export function isDuplicateCall(error: unknown): boolean {
  const { errno, message } = (error ?? {}) as { errno?: unknown; message?: unknown };
  return errno === duplicateKey && /\bPRIMARY'?$/.test(String(message));
}

/** Whether the transaction was ended in favour of another one: it only has to be run again. */
export function isDeadlock(error: unknown): boolean {
  return (error as { errno?: unknown } | undefined)?.errno === 1213;
}
