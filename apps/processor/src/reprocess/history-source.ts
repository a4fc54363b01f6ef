import type { WorkEvent } from "../work-event.ts";

/** Events that were read together. */
export interface HistoryBatch {
  readonly events: readonly HistoryEvent[];
  /** Where to read on when these are durable; JSON. Undefined where the source keeps its place itself. */
  readonly position: unknown;
}

/** An event of history. */
export interface HistoryEvent {
  readonly event: WorkEvent;
  /**
   * `sure`: its id is the one that it got at first. `likely`: only if the store has that id already, for there is more than one way in which it
   * may have got one.
   */
  readonly identity: "sure" | "likely";
}

/** Where history is read from, to its end and once. */
export interface HistorySource {
  /** Hands over what stands behind `position` (undefined: all), batch by batch; each when the one before is done. */
  read(position: unknown, handle: (batch: HistoryBatch) => Promise<void>): Promise<void>;
  /** How many lines or messages had no id that could be known. */
  readonly unknown: number;
  /** What was left elsewhere to read on from is removed; when all is read, and noted to be so, or the run is given up. */
  forget(position: unknown): Promise<void>;
  /** Where it leaves something elsewhere to read on from: ends the reading soon, which rejects then. */
  stop?(): void;
  close(): Promise<void>;
}

/** Events of a batch at most, and bytes. */
export const batchEventsMax = 1000;
export const batchBytesMax = 4 * 1024 * 1024;

/** In the place of an id that is not known; no event with it is handed on. */
export const noId = "00000000-0000-8000-8000-000000000000";
