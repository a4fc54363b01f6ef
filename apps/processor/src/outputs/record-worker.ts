import { Buffer } from "node:buffer";
import { parentPort } from "node:worker_threads";
import { type WrittenRun, writeRawRecords } from "./raw-records.ts";

/** What a record thread is asked. Nobody else writes into the memory until it has answered. */
export interface RecordsRequest {
  readonly number: number;
  readonly partitions: number;
  readonly bytesMax: number;
  /** Events as the buffer keeps them, one behind the other; more memory than they take. */
  readonly events: SharedArrayBuffer;
  readonly lengths: Uint32Array;
  readonly into: SharedArrayBuffer;
}

/** What it answers; `into` is larger memory than was given where that did not do. */
export interface RecordsAnswer {
  readonly number: number;
  readonly into: SharedArrayBuffer;
  readonly runs: readonly WrittenRun[];
}

// The thread of record-thread.ts. What it cannot write ends it, and the events are sent the usual way.
parentPort?.on("message", ({ number, events, lengths, into, ...options }: RecordsRequest) => {
  const made = writeRawRecords({ bytes: Buffer.from(events), lengths }, options, Buffer.from(into));
  const answer: RecordsAnswer = { number, ...made };
  parentPort?.postMessage(answer);
});
