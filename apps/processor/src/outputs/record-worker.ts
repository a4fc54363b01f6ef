import { Buffer } from "node:buffer";
import { parentPort } from "node:worker_threads";
import { compressSnappy, type TopicRecords } from "@gatelog/topic/records";
import { rawRecordsBytes, writeRawRecords } from "./raw-records.ts";

/** What a record thread is asked. */
export interface RecordsRequest {
  readonly number: number;
  readonly partitions: number;
  readonly bytesMax: number;
  readonly isSnappy: boolean;
  /** Events as the buffer keeps them, one behind the other; nobody else writes there until the answer. Larger than they are. */
  readonly events: SharedArrayBuffer;
  readonly lengths: Uint32Array;
}

/** What it answers: the records of one request after the other. */
export interface RecordsAnswer {
  readonly number: number;
  readonly requests: readonly TopicRecords[];
}

/** Memory that is kept from one batch to the next. */
const keptBytesMax = 16 * 1024 * 1024;
let memory: Buffer = Buffer.alloc(0);

// The thread of record-thread.ts. What it cannot write ends it, and the events are sent the usual way.
parentPort?.on("message", ({ number, ...request }: RecordsRequest) => {
  const answer: RecordsAnswer = { number, requests: makeRequests(request) };
  parentPort?.postMessage(answer);
});

function makeRequests({ events, lengths, isSnappy, partitions, bytesMax }: Omit<RecordsRequest, "number">): TopicRecords[] {
  const bytes = rawRecordsBytes(lengths);
  if (memory.length < bytes) memory = Buffer.allocUnsafeSlow(bytes);
  const { runs, into } = writeRawRecords({ bytes: Buffer.from(events), lengths }, { partitions, bytesMax }, memory);
  memory = into.length <= keptBytesMax ? into : Buffer.alloc(0);
  // Of a part of memory all of it would be told across: what is not compressed is copied.
  const packed = (records: Buffer) => (isSnappy ? compressSnappy(records) : Buffer.from(new Uint8Array(records).buffer));
  return runs.map(({ count, groups }) => ({
    count,
    partitions,
    bytesMax,
    isCompressed: isSnappy,
    groups: groups.map(({ start, end, ...group }) => ({ ...group, bytes: packed(into.subarray(start, end)) })),
  }));
}
