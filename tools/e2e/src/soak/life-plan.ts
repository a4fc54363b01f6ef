import type { SeededRandom } from "@gatelog/testkit";

/** When and how one start of the gateway ends. */
export type LifeEnd =
  /** So long after its start, however far that has come. */
  | { readonly how: "kill-early"; readonly afterMs: number }
  /** When so many calls were sent in the whole run: in the same moment as the last of them, or so much later. */
  | { readonly how: "kill" | "kill-worker" | "stop"; readonly calls: number; readonly afterMs: number };

/** Share of the calls that is left for the last start, which nobody kills. */
const restShare = 0.03;
const earlyMsMax = 600;
const lateMsMax = 20;

/** What a plan is made of. */
export interface PlanOptions {
  readonly calls: number;
  readonly kills: number;
  readonly workers: number;
}

/**
 * The ends of all starts but the last: `kills` of them by SIGKILL, and one in six more by SIGTERM. Their moments are spread over
 * the run at random: some right after a burst was sent, some a little later, some while the gateway still starts.
 */
export function planLives({ calls, kills, workers }: PlanOptions, random: SeededRandom): LifeEnd[] {
  const stops = Math.ceil(kills / 6);
  const moments = Array.from({ length: kills + stops }, () => random.integer(1, Math.floor(calls * (1 - restShare)))).sort((a, b) => a - b);
  const stopped = new Set<number>();
  while (stopped.size < stops) stopped.add(random.integer(0, moments.length - 1));
  return moments.map((moment, index) => {
    const afterMs = random.integer(0, 1) * random.integer(1, lateMsMax);
    if (stopped.has(index)) return { how: "stop", calls: moment, afterMs };
    if (random.integer(1, 6) === 1) return { how: "kill-early", afterMs: random.integer(0, earlyMsMax) };
    const isOfWorker = workers > 1 && random.integer(0, 2) > 0;
    return { how: isOfWorker ? "kill-worker" : "kill", calls: moment, afterMs };
  });
}
