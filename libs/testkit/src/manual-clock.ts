import type { Clock } from "@gatelog/pipeline";

/** A clock that tests move by hand; starts at 2026-01-01T00:00:00.000Z and monotonic 0. */
export interface ManualClock extends Clock {
  /** Moves time on and wakes every sleeper that is due, the earliest first, letting each run before the next. */
  advance(ms: number): Promise<void>;
  /** How many sleep now. */
  readonly sleepers: number;
  /** Every duration that was asked of `sleep`, in order. */
  readonly slept: readonly number[];
}

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/**
 * Creates a ManualClock.
 *
 * @param options with `autoAdvance` each sleep moves the time itself and returns at once: for code whose waits do not matter.
 */
export function manualClock(options: { readonly autoAdvance?: boolean } = {}): ManualClock {
  const startMs = Date.UTC(2026, 0, 1);
  const sleepers = new Set<Sleeper>();
  const slept: number[] = [];
  let elapsedMs = 0;
  return {
    now: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    slept,
    get sleepers() {
      return sleepers.size;
    },
    async sleep(ms, signal) {
      slept.push(ms);
      if (signal?.aborted === true) return;
      if (options.autoAdvance === true) {
        elapsedMs += ms;
        return settle();
      }
      await fallAsleep(sleepers, elapsedMs + ms, signal);
    },
    async advance(ms) {
      const targetMs = elapsedMs + ms;
      for (let next = earliest(sleepers, targetMs); next !== undefined; next = earliest(sleepers, targetMs)) {
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        sleepers.delete(next);
        next.wake();
        await settle();
      }
      elapsedMs = targetMs;
      await settle();
    },
  };
}

function fallAsleep(sleepers: Set<Sleeper>, dueMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      sleepers.delete(sleeper);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const sleeper: Sleeper = { dueMs, wake };
    sleepers.add(sleeper);
    signal?.addEventListener("abort", wake, { once: true });
  });
}

function earliest(sleepers: ReadonlySet<Sleeper>, untilMs: number): Sleeper | undefined {
  const due = [...sleepers].filter((sleeper) => sleeper.dueMs <= untilMs);
  return due.toSorted((a, b) => a.dueMs - b.dueMs)[0];
}

/** Lets everything run that waits only for promises. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
