import type { Mark } from "@gatelog/log-record";
import { slotOf, type Boot } from "./boots.ts";

/** What the numbers and marks of the boots get wrong, one sentence each. */
export function ledgerViolations(boots: readonly Boot[]): string[] {
  const ofEach = boots.flatMap((boot, index) => [
    ...markViolations(boot),
    ...chainViolations(boot, boots.slice(0, index)),
    ...endViolations(boot),
    ...unreadViolations(boot),
  ]);
  return [...ofEach, ...openEndViolations(boots)];
}

/**
 * Every mark is held to its word: each number up to its `seq` has its record before it, or is in its `inFlight`, and none is both;
 * what it calls aborted has its record before it.
 */
function markViolations({ boot, lines }: Boot): string[] {
  const found: string[] = [];
  const recorded = new Map<number, string>();
  /** Given, by the marks so far, and without a record. */
  const open = new Set<number>();
  let given = 0;
  for (const line of lines) {
    if ("record" in line) {
      const { seq, id } = line.record;
      if ((recorded.get(seq) ?? id) !== id) found.push(`boot ${boot}: ${seq} was given twice, to ${recorded.get(seq)} and ${id}`);
      recorded.set(seq, id);
      open.delete(seq);
      continue;
    }
    const { mark } = line;
    if (mark.seq < given) found.push(`boot ${boot}: a mark of seq ${mark.seq} stands after one of ${given}`);
    for (; given < mark.seq; given++) if (!recorded.has(given + 1)) open.add(given + 1);
    found.push(...markFaults(mark, open, recorded).map((fault) => `boot ${boot}, mark of seq ${mark.seq}: ${fault}`));
  }
  return found;
}

function markFaults(mark: Mark, open: ReadonlySet<number>, recorded: ReadonlyMap<number, string>): string[] {
  const inFlight = new Set(mark.inFlight);
  return [
    ...[...open].filter((seq) => !inFlight.has(seq)).map((seq) => `${seq} has no record before it and is not in inFlight`),
    ...mark.inFlight.filter((seq) => !open.has(seq)).map((seq) => `${seq} is in inFlight and has its record before it`),
    ...(mark.aborted ?? []).filter((seq) => !recorded.has(seq)).map((seq) => `${seq} is in aborted and has no record before it`),
  ];
}

/** The first line is a mark that names the newest earlier boot of its slot that told of anything, and a number that its files hold. */
function chainViolations({ boot, lines, ...rest }: Boot, earlier: readonly Boot[]): string[] {
  const [first] = lines;
  if (first === undefined) return [];
  if (!("mark" in first) || first.mark.seq !== 0) return [`boot ${boot} does not begin with a mark of seq 0`];
  const before = earlier.findLast((other) => slotOf(other) === slotOf({ boot, lines, ...rest }) && other.highest !== undefined);
  const { previous } = first.mark;
  if (previous?.boot !== before?.boot)
    return [`boot ${boot} names ${previous?.boot ?? "none"} as the one before it, which is ${before?.boot ?? "none"}`];
  if (previous === undefined || previous.seq <= (before?.highest ?? 0)) return [];
  return [`boot ${boot} names seq ${previous.seq} of the one before it, whose files hold ${before?.highest}`];
}

/** Who ended in order says so in its last line, and has a record of every number. */
function endViolations({ boot, lines, gaps }: Boot): string[] {
  const end = lines.findIndex((line) => "mark" in line && line.mark.closing);
  if (end === -1) return [];
  if (end < lines.length - 1) return [`boot ${boot} has lines after its closing mark`];
  return gaps.length > 0 ? [`boot ${boot} ended in order and has no record of ${gaps.join(", ")}`] : [];
}

/** In each life no more boots are without a closing mark than workers were killed. */
function openEndViolations(boots: readonly Boot[]): string[] {
  return [...new Set(boots.map(({ life }) => life))].flatMap((life) => {
    const open = boots.filter((boot) => boot.life === life && !isClosed(boot) && !isCutAtStart(boot));
    if (open.length <= life.workersKilled) return [];
    return [
      `start ${life.n}: ${life.workersKilled} workers were killed, and no closing mark have ${open.map(({ boot }) => boot).join(", ")}`,
    ];
  });
}

function isClosed({ lines }: Boot): boolean {
  return lines.some((line) => "mark" in line && line.mark.closing);
}

/** A worker whose primary is killed before it takes calls ends at once. */
function isCutAtStart({ life, lines, highest }: Boot): boolean {
  return life.end === "killed" && lines.length <= 1 && (highest ?? 0) === 0;
}

/** Only the last line of a file may be torn, and only where its writer was killed. */
function unreadViolations({ boot, life, unread }: Boot): string[] {
  const torn = unread.filter(({ isLast }) => isLast);
  const found = unread.filter(({ isLast }) => !isLast).map(({ why }) => `not a line of the gateway, and not the last one: ${why}`);
  if (torn.length > 1 || (torn.length === 1 && life.workersKilled === 0)) found.push(`boot ${boot} has torn lines: ${torn[0]?.why}`);
  return found;
}
