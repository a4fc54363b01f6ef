import type { Figures } from "../results.ts";
import { median, rounded, spread } from "../statistics.ts";
import type { RunningCandidate } from "./candidate.ts";
import { mainLoad } from "./main-load.ts";
import { measureRound, type Round } from "./round.ts";

/** The equal rate, as a share of the original's peak. */
const shareOfPeak = 0.6;
const rounds = 5;
const roundSeconds = 8;
const warmUpSeconds = 8;

/** Compares p99 at a rate that both can serve, in turn. The first candidate is the original, the second ours. */
export async function compareLatency(
  candidates: readonly RunningCandidate[],
  originalPeak: number,
  say: (text: string) => void,
): Promise<{ p99VsOriginal: number; figures: Figures }> {
  const requestsPerSecond = Math.round(shareOfPeak * originalPeak);
  const results = new Map<string, Round[]>(candidates.map(({ name }) => [name, []]));
  for (const candidate of candidates) await measureRound(candidate, { ...mainLoad, seconds: warmUpSeconds });
  for (let n = 0; n < rounds; n += 1) {
    for (const candidate of n % 2 === 0 ? candidates : candidates.toReversed()) {
      const result = await measureRound(candidate, { ...mainLoad, seconds: roundSeconds, requestsPerSecond });
      results.get(candidate.name)?.push(result);
      say(
        `rate ${requestsPerSecond}/s ${n + 1}/${rounds}  ${candidate.name.padEnd(10)} p50 ${result.p50Ms.toFixed(2)} ms  p99 ${result.p99Ms.toFixed(2)} ms`,
      );
    }
  }
  const summaries = new Map([...results].map(([name, each]) => [name, summariseLatency(each)]));
  const [theirs, ours] = candidates.map(({ name }) => median((results.get(name) ?? []).map(({ p99Ms }) => p99Ms)));
  return { p99VsOriginal: rounded((ours ?? NaN) / (theirs ?? NaN)), figures: { requestsPerSecond, ...Object.fromEntries(summaries) } };
}

function summariseLatency(results: readonly Round[]): Figures {
  const p99 = results.map(({ p99Ms }) => p99Ms);
  return {
    requestsPerSecond: Math.round(median(results.map((each) => each.requestsPerSecond))),
    p50Ms: rounded(median(results.map(({ p50Ms }) => p50Ms)), 3),
    p99Ms: rounded(median(p99), 3),
    p99Spread: rounded(spread(p99)),
    cpuPerRequestUs: rounded(median(results.map((each) => each.cpuPerRequestUs)), 1),
    failed: results.reduce((sum, { refused, broken }) => sum + refused + broken, 0),
  };
}
