import type { Protocol } from "./receiver-protocol.ts";

/** A tailer to be measured. */
export interface Contender {
  readonly name: string;
  readonly protocol: Protocol;
  /** Starts it over the empty directory `logs` below `directory`; resolves once it would read a file there at once. */
  start(options: { readonly directory: string; readonly receiverPort: number }): Promise<RunningContender>;
}

/** A tailer that waits for files. */
export interface RunningContender {
  readonly pid: number;
  /** **Errors**: when it has ended, with what it printed last. */
  check(): void;
  /** What it printed so far. */
  output(): string;
  /** Lets it end by itself. */
  stop(): Promise<void>;
}
