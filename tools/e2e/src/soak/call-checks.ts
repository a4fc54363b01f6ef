import type { Boot, SoakRecord } from "./boots.ts";
import type { Call } from "./calls.ts";

/** What the calls and their records say of each other. */
export interface CallAccount {
  readonly records: number;
  /** Records that stand twice, with the same id and number. */
  readonly doubled: number;
  /** Calls that were answered whole and have no record. */
  readonly lost: readonly Call[];
  readonly violations: readonly string[];
}

/** Compares every call with the records. Calls that were answered whole and have no record are a violation in audit mode only. */
export function accountOfCalls(calls: readonly Call[], boots: readonly Boot[], isAudited: boolean): CallAccount {
  const byId = new Map(calls.map((call) => [call.id, call]));
  const recordOf = new Map<string, SoakRecord>();
  const violations: string[] = [];
  let doubled = 0;
  for (const boot of boots) {
    for (const line of boot.lines) {
      if (!("record" in line)) continue;
      const { record } = line;
      const known = recordOf.get(record.requestId ?? "");
      if (known !== undefined && known.id === record.id && known.seq === record.seq) doubled += 1;
      else if (known !== undefined) violations.push(`${record.requestId} has two records: ${known.id} and ${record.id}`);
      else violations.push(...recordFaults(record, byId.get(record.requestId ?? "")));
      recordOf.set(record.requestId ?? "", record);
    }
  }
  const lost = calls.filter(({ id, answer }) => answer !== undefined && !recordOf.has(id));
  if (isAudited) violations.push(...lost.map(({ id, life }) => `${id} was answered whole by start ${life} and has no record`));
  violations.push(...gapViolations(calls, boots, { recordOf, isAudited }));
  return { records: recordOf.size, doubled, lost, violations };
}

/** A record is of a call that was made, and says what the client saw. */
function recordFaults(record: SoakRecord, call: Call | undefined): string[] {
  if (call === undefined) return [`the record ${record.id} (${record.method} ${record.path}, ${record.status}) is of no call`];
  const { id, method, path, answer } = call;
  const said = `${record.method} ${record.path}`;
  if (said !== `${method} ${path}`) return [`${id} was ${method} ${path}, and its record says ${said}`];
  if (answer === undefined) return [];
  if (record.status !== answer.status) return [`${id} was answered ${answer.status}, and its record says ${record.status}`];
  if (method === "HEAD" || record.responseBytes === answer.bodyBytes) return [];
  return [`${id} was answered with ${answer.bodyBytes} bytes, and its record says ${record.responseBytes}`];
}

/** For each start: no more numbers lack their record than calls do that were cut, or, where answers do not wait, that were lost. */
function gapViolations(
  calls: readonly Call[],
  boots: readonly Boot[],
  { recordOf, isAudited }: { recordOf: ReadonlyMap<string, SoakRecord>; isAudited: boolean },
): string[] {
  const explanations = new Map<number, number>();
  for (const { id, life, answer } of calls)
    if (!recordOf.has(id) && !(isAudited && answer !== undefined)) explanations.set(life, (explanations.get(life) ?? 0) + 1);
  const gaps = new Map<number, number>();
  for (const boot of boots) gaps.set(boot.life.n, (gaps.get(boot.life.n) ?? 0) + boot.gaps.length);
  return [...gaps]
    .filter(([life, count]) => count > (explanations.get(life) ?? 0))
    .map(
      ([life, count]) => `start ${life}: ${count} numbers have no record, and only ${explanations.get(life) ?? 0} calls to it have none`,
    );
}
