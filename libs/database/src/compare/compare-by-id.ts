import type { SessionRow, SqlSession } from "../sql-session.ts";
import type { Comparison } from "./comparison.ts";
import { type ComparePlan, dayThere, ourSelect, theirSelect } from "./compare-plan.ts";
import { comparedValue, isEqualValue, shownDifference } from "./compared-value.ts";
import { Findings } from "./findings.ts";
import { type IdGroup, idsInOrder } from "./ids-in-order.ts";

/** Walks along both tables in the order of their ids. */
export async function compareById(session: SqlSession, plan: ComparePlan, idColumn: string): Promise<Comparison> {
  const findings = new Findings(plan.samplesMax);
  const ourWhere = { sql: "event_day = ?", values: [plan.day] };
  const theirWhere = dayThere(plan);
  const ours = idsInOrder(session, { table: plan.ourTable, id: "id", where: ourWhere, select: ourSelect(plan) }, plan.rowsMax);
  const theirs = idsInOrder(session, { table: plan.theirTable, id: idColumn, where: theirWhere, select: theirSelect(plan) }, plan.rowsMax);
  const counts = { here: 0, there: 0 };
  for await (const [our, their] of merged(ours, theirs)) {
    counts.here += our?.times ?? 0;
    counts.there += their?.times ?? 0;
    judge(plan, findings, our, their);
  }
  const withoutId = await countWithoutId(session, plan, idColumn);
  findings.add("withoutIdThere", () => `${withoutId} rows`, withoutId);
  return {
    day: plan.day,
    here: counts.here,
    there: counts.there + withoutId,
    columns: plan.columns.map(({ ours: { column } }) => column),
    findings: findings.all(),
  };
}

function judge(plan: ComparePlan, findings: Findings, our: IdGroup | undefined, their: IdGroup | undefined): void {
  if (our === undefined) {
    if (their !== undefined) findings.add("missingHere", () => their.id);
  } else if (their === undefined) findings.add("missingThere", () => our.id);
  else {
    const differences = differencesOf(plan, our.row, their.row);
    if (differences.length > 0) findings.add("different", () => `${our.id}  ${differences.join("; ")}`);
  }
  if (their !== undefined && their.times > 1) findings.add("doubledThere", () => `${their.id}  ${their.times} times`);
}

function differencesOf({ columns, timeZone }: ComparePlan, our: SessionRow, their: SessionRow): string[] {
  return columns.flatMap(({ ours }, index) => {
    const name = `value_${index}`;
    const [a, b] = [comparedValue(ours, our[name], "UTC"), comparedValue(ours, their[name], timeZone)];
    return isEqualValue(ours, a, b) ? [] : [`${ours.column}: ${shownDifference(a, b)}`];
  });
}

async function countWithoutId(session: SqlSession, plan: ComparePlan, idColumn: string): Promise<number> {
  const where = dayThere(plan);
  const sql = `SELECT count(*) AS rows_without FROM ${plan.theirTable} WHERE ${where.sql} AND ${idColumn} IS NULL`;
  const [row] = await session.rows(sql, where.values);
  return Number(row?.["rows_without"]);
}

/** Both in step: what has one id comes together. */
async function* merged(
  ours: AsyncGenerator<IdGroup>,
  theirs: AsyncGenerator<IdGroup>,
): AsyncGenerator<readonly [IdGroup | undefined, IdGroup | undefined]> {
  let [our, their] = [await nextOf(ours), await nextOf(theirs)];
  while (our !== undefined || their !== undefined) {
    const isOurs: boolean = our !== undefined && (their === undefined || our.id <= their.id);
    const isTheirs: boolean = their !== undefined && (our === undefined || their.id <= our.id);
    yield [isOurs ? our : undefined, isTheirs ? their : undefined];
    if (isOurs) our = await nextOf(ours);
    if (isTheirs) their = await nextOf(theirs);
  }
}

async function nextOf(groups: AsyncGenerator<IdGroup>): Promise<IdGroup | undefined> {
  const { done, value } = await groups.next();
  return done === true ? undefined : value;
}
