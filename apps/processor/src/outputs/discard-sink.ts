import type { EventSink } from "../event-sink.ts";

/** Takes everything and keeps nothing. */
export function createDiscardSink(): EventSink {
  return {
    needs: [],
    start: () => Promise.resolve(),
    write: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    status: () => ({ ready: true }),
  };
}
