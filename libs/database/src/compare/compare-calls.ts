import type { SqlSession } from "../sql-session.ts";
import { compareByContent } from "./compare-by-content.ts";
import { compareById } from "./compare-by-id.ts";
import { planComparison } from "./compare-plan.ts";
import type { Comparison, CompareOptions } from "./comparison.ts";

/**
 * Compares the calls of a day in `interface_log` with those of another table of the same database; changes nothing.
 *
 * **Guarantee**: at most `rowsMax` rows of either side are in memory, whatever the day has; every call is compared. Writers go on, and what they
 * write meanwhile may be on one side only: a day that is over gives a clear answer.
 * **Errors**: DatabaseError GATELOG_DATABASE_COMPARE where the table or a column is not there, or more calls than `rowsMax` without ids began in one second; the driver's.
 */
export async function compareCalls(session: SqlSession, options: CompareOptions): Promise<Comparison> {
  const plan = await planComparison(session, options);
  return plan.idColumn === undefined ? compareByContent(session, plan) : compareById(session, plan, plan.idColumn);
}
