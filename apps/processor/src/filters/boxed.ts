import { createContext, Script } from "node:vm";
import type { WorkEvent } from "../work-event.ts";

export interface Boxed {
  /** Filters one event; false drops it. */
  readonly run: (event: WorkEvent) => boolean;
  /** The event as it was before its filters. */
  readonly again: (event: WorkEvent) => WorkEvent;
  /** Told of an event whose time was over; it goes on as it was before its filters. */
  readonly onLate: (event: WorkEvent) => void;
}

const script = new Script("work()");
const context = createContext({ work: () => {} }) as { work: () => void };

/**
 * Filters events, of which each may take `eventMsMax`; the engine ends the one that takes longer, in the middle of whatever it does. One watch for all of
 * them: one for each would cost more than most filters.
 *
 * **Guarantee**: every event is filtered, or told late once and kept as it is.
 */
export function runBoxed(events: readonly WorkEvent[], eventMsMax: number, { run, again, onLate }: Boxed): readonly WorkEvent[] {
  const queue = [...events];
  const kept: WorkEvent[] = [];
  let index = 0;
  let startedMs = 0;
  context.work = () => {
    for (; index < queue.length; index += 1) {
      const event = queue[index] as WorkEvent;
      startedMs = performance.now();
      if (run(event)) kept.push(event);
    }
  };
  while (index < queue.length) {
    try {
      script.runInContext(context, { timeout: eventMsMax });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      const event = queue[index];
      if (event === undefined) break;
      // The time was up for all of them together, and this one may have only begun: it gets a time of its own.
      const isLate = performance.now() - startedMs >= eventMsMax * 0.9;
      const fresh = again(event);
      queue[index] = fresh;
      if (!isLate) continue;
      onLate(fresh);
      kept.push(fresh);
      index += 1;
    }
  }
  return kept;
}

/** It is an Error of the other context. */
function isTimeout(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}
