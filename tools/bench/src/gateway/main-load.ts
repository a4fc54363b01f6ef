import { median, rounded, spread } from "../statistics.ts";
import type { RunningCandidate } from "./candidate.ts";
import { measureRound, type CandidateLoad, type Round } from "./round.ts";

/** 100 bytes of JSON, as a small service is called. */
export const smallBody = '{"orderNo":"SO20181011180902","customer":"张三","amount":128.5,"items":[{"sku":"A-1","count":2}]}'.padEnd(96);

/** The load that the main figures are of. */
export const mainLoad: Omit<CandidateLoad, "seconds"> = { path: "/api/orders?from=bench", connections: 32, body: smallBody };

/** How long and how often. */
export interface Plan {
  readonly rounds: number;
  readonly roundSeconds: number;
  readonly warmUpSeconds: number;
}

/** The rounds of each candidate, by name. */
export type RoundsByName = ReadonlyMap<string, readonly Round[]>;

/** Loads the candidates in turn, after a warm-up of each (JIT, connections, page cache), always in another order. */
export async function compareUnderMainLoad(
  candidates: readonly RunningCandidate[],
  plan: Plan,
  say: (text: string) => void,
): Promise<RoundsByName> {
  const rounds = new Map<string, Round[]>(candidates.map(({ name }) => [name, []]));
  for (const candidate of candidates) await measureRound(candidate, { ...mainLoad, seconds: plan.warmUpSeconds });
  for (let n = 0; n < plan.rounds; n += 1) {
    for (const candidate of rotated(candidates, n)) {
      const round = await measureRound(candidate, { ...mainLoad, seconds: plan.roundSeconds });
      checkWholeRecord(candidate);
      rounds.get(candidate.name)?.push(round);
      say(`round ${n + 1}/${plan.rounds}  ${describeRound(candidate.name, round)}`);
    }
  }
  return rounds;
}

/** The figures of one candidate over its rounds. */
export type MainSummary = Readonly<
  Record<"requestsPerSecond" | "spread" | "cpuPerRequestUs" | "p99Ms" | "rssMiB" | "refused" | "broken" | "foreignCores", number>
>;

/** The medians, with what shows whether they are to be trusted. */
export function summarise(rounds: readonly Round[]): MainSummary {
  const middle = (read: (round: Round) => number, digits = 0) => rounded(median(rounds.map(read)), digits);
  return {
    requestsPerSecond: middle((round) => round.requestsPerSecond),
    spread: rounded(spread(rounds.map((round) => round.requestsPerSecond))),
    cpuPerRequestUs: middle((round) => round.cpuPerRequestUs, 1),
    p99Ms: middle((round) => round.p99Ms, 2),
    rssMiB: Math.round(Math.max(...rounds.map((round) => round.rssMiB))),
    refused: rounds.reduce((sum, round) => sum + round.refused, 0),
    broken: rounds.reduce((sum, round) => sum + round.broken, 0),
    foreignCores: rounded(Math.max(...rounds.map((round) => round.foreignCores))),
  };
}

/** One line for people. */
export function describeRound(name: string, round: Round): string {
  const { requestsPerSecond, cpuPerRequestUs, p99Ms, rssMiB, foreignCores, refused, broken } = round;
  const errors = refused + broken > 0 ? `  ${refused} refused, ${broken} broken` : "";
  return `${name.padEnd(18)} ${requestsPerSecond.toFixed(0).padStart(6)} req/s  ${cpuPerRequestUs.toFixed(1).padStart(6)} µs CPU  p99 ${p99Ms.toFixed(2)} ms  ${rssMiB.toFixed(0)} MiB  (others: ${foreignCores.toFixed(2)} cores)${errors}`;
}

/** What our candidates write must be the whole record. The original's line holds its seven fields, which the count has shown. */
function checkWholeRecord({ name, records }: RunningCandidate): void {
  if (!name.startsWith("gatelog")) return;
  const record = JSON.parse(records.last) as Record<string, unknown>;
  // wrk leaves the calls that are in flight when its time is over.
  if (record["status"] === 499) return;
  for (const field of ["requestContent", "responseContent", "requestHeaders", "responseHeaders"])
    if (record[field] === undefined) throw new Error(`${name} wrote a record without ${field}: ${records.last.slice(0, 500)}`);
}

function rotated<T>(values: readonly T[], by: number): readonly T[] {
  const at = by % values.length;
  return [...values.slice(at), ...values.slice(0, at)];
}
