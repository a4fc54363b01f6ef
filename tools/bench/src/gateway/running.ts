import { Unavailable, type Candidate, type RunningCandidate } from "./candidate.ts";

/** Why a candidate was not measured, by name. */
export type LeftOut = Readonly<Record<string, string>>;

/** Runs `use` with candidates beside each other, all of which are stopped in any case. **Errors**: a candidate's own, unless it is merely `Unavailable`. */
export async function withRunning<T>(
  candidates: readonly Candidate[],
  upstreamPort: number,
  use: (running: readonly RunningCandidate[], leftOut: LeftOut) => Promise<T>,
): Promise<T> {
  const running: RunningCandidate[] = [];
  const leftOut: Record<string, string> = {};
  try {
    for (const candidate of candidates) {
      try {
        running.push(await candidate.start(upstreamPort));
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        leftOut[candidate.name] = error.message;
      }
    }
    return await use(running, leftOut);
  } finally {
    for (const candidate of running) await candidate.stop();
  }
}
