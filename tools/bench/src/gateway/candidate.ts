import type { RecordCounter } from "../record-counter.ts";

/** A gateway to be measured. */
export interface Candidate {
  readonly name: string;
  readonly note: string;
  /** Starts it in front of the upstream. **Errors**: `Unavailable` where this build does not have what the candidate needs. */
  start(upstreamPort: number): Promise<RunningCandidate>;
}

/** A gateway that takes calls. */
export interface RunningCandidate {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly records: RecordCounter;
  /** What it printed so far: says why when it has ended. */
  output(): string;
  stop(): Promise<void>;
}

/** The candidate does not exist in this build: its figures are left out, with this reason. */
export class Unavailable extends Error {}
