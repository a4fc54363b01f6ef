import { setTimeout as sleep } from "node:timers/promises";
import type { SessionRow } from "../sql-session.ts";

/** How slow work is cut. */
export interface StepOptions {
  readonly rowsPerStep: number;
  readonly signal?: AbortSignal | undefined;
}

/** After a step, as long a pause as it took, within these bounds: writers have half of the time at least. */
const pauseMsMin = 1;
const pauseMsMax = 1000;

/**
 * Goes on with small steps until there is nothing more, or it is told to end; the sum of what the steps changed.
 *
 * @param page the next rows, behind the last one of the step before
 * @param step what is done with them
 */
export async function inSteps(
  { rowsPerStep, signal }: StepOptions,
  page: (last: SessionRow | undefined) => Promise<readonly SessionRow[]>,
  step: (rows: readonly SessionRow[]) => Promise<number>,
): Promise<number> {
  let changed = 0;
  let last: SessionRow | undefined;
  const isEnded = () => signal?.aborted === true;
  while (!isEnded()) {
    const startedMs = performance.now();
    const rows = await page(last);
    last = rows.at(-1);
    if (last === undefined) break;
    changed += await step(rows);
    if (rows.length < rowsPerStep) break;
    await pause(performance.now() - startedMs, signal);
  }
  return changed;
}

async function pause(tookMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(Math.min(Math.max(tookMs, pauseMsMin), pauseMsMax), undefined, signal === undefined ? {} : { signal });
  } catch {
    // Aborted: the loop sees it.
  }
}
