import type { Clock } from "@gatelog/pipeline";
import type { ItemHandling, Take } from "../intake.ts";
import type { Reports } from "../reports.ts";

/** What an input holds at the moment. */
export interface InputLoad {
  readonly connections: number;
  /** Bytes of events in memory that are not yet durable. */
  readonly inFlightBytes: number;
}

/**
 * A part that takes events from outside and hands them to the buffer.
 *
 * **Guarantee**: its sender is told that events are taken, or its place moves, only after `take` resolved. `stop` takes nothing more, waits
 * for what is under way, and resolves; what was given up meanwhile comes again.
 */
export interface Input {
  /** Its label in metrics and its part in /readyz. */
  readonly name: string;
  /** Takes up work. **Errors**: StartError for local obstacles; what is remote is tried for ever. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Why it takes nothing; undefined when it works. */
  trouble(): string | undefined;
  load(): InputLoad;
  /** Where it listens; undefined where it does not. */
  readonly port?: number | undefined;
}

/** What every input gets. */
export interface InputContext {
  readonly name: string;
  /** Its place in the configuration, e.g. `inputs[0].beats`. */
  readonly key: string;
  readonly seedTimeZone: string;
  readonly clock: Clock;
  readonly reports: Reports;
  /** The way into the buffer for items of the input's own kind. */
  readonly intake: <T>(handling: ItemHandling<T>) => Take<T>;
  /** Aborted when nobody is waited for any more. */
  readonly givingUp: AbortSignal;
  /** True while senders wait because the buffer has no room. */
  readonly isBufferFull: () => boolean;
  /** Told by an input that has nothing more to give, ever. */
  readonly onEnd: () => void;
}

/** The load of an input without connections, which keeps nothing but what is on its way into the buffer. */
export const noLoad: InputLoad = Object.freeze({ connections: 0, inFlightBytes: 0 });
