import { DeliveryError } from "@gatelog/pipeline";
import { DatabaseError } from "../errors.ts";

/** ORA numbers about the row: constraints, NULL, too long, not a number, not a date, out of range. */
const permanentNumbers = new Set([
  1, 1400, 1401, 1407, 1426, 1438, 1461, 1722, 1830, 1839, 1840, 1841, 1843, 1847, 1858, 1861, 2290, 2291, 2359, 12899, 22835, 40441,
]);
/** What a trigger says by RAISE_APPLICATION_ERROR. */
const isRaised = (number: number) => number >= 20_000 && number <= 20_999;
/** NJS numbers of the driver about a value: a type that does not fit its bind, a value that cannot be bound. */
const permanentDriverNumbers = new Set([11, 12, 52, 55, 85]);

/**
 * An error of Oracle or its driver as the delivery law sees it: refused for the row's content, or anything else, which passes or is mended
 * (connection, time-out, deadlock 60, quota and space 1536, 1653 to 1658, missing table 942 or right 1031, shutdown 1034, 1089).
 *
 * **Source**: https://docs.oracle.com/error-help/db/
 */
export function classifyOracle(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof DatabaseError) return new DeliveryError(error.code, error.message, { permanent: false, cause: error });
  const message = sentenceOf(error);
  return isAboutTheRow(error, message)
    ? new DeliveryError("GATELOG_DATABASE_REFUSED", `Oracle refused the row: ${message}`, { permanent: true, cause: error })
    : new DeliveryError("GATELOG_DATABASE_UNAVAILABLE", `Oracle: ${message}`, { permanent: false, cause: error });
}

/** Without what is another one each time, so that the same trouble is told once. */
function sentenceOf(error: unknown): string {
  const [first = ""] = (error instanceof Error ? error.message || error.name : String(error)).split("\n");
  return first.replace(/\s*\(CONNECTION_ID=[^)]*\)/, "");
}

function isAboutTheRow(error: unknown, message: string): boolean {
  const { errorNum } = (error ?? {}) as { readonly errorNum?: unknown };
  const driver = /\bNJS-0*(\d+)/.exec(message)?.[1];
  if (driver !== undefined) return permanentDriverNumbers.has(Number(driver));
  const number = typeof errorNum === "number" ? errorNum : Number(/\bORA-0*(\d+)/.exec(message)?.[1]);
  return permanentNumbers.has(number) || isRaised(number);
}
