import { Buffer } from "node:buffer";
import { messageBytes, partitionOfBytes, type TopicMessage, writeRecord } from "@gatelog/topic/records";
import { keptPlaces } from "../frame-event.ts";
import { decodeAgain, isKept } from "../stored-event.ts";
import { idLength, type WorkEvent } from "../work-event.ts";
import { recordExtraBytes, writeKeptRecord } from "./kept-record.ts";

/** Events as the buffer keeps them, one behind the other. */
export interface PackedEvents {
  readonly bytes: Buffer;
  /** Of each event. */
  readonly lengths: Uint32Array;
}

export interface RawRecordsOptions {
  readonly partitions: number;
  /** Of one request. */
  readonly bytesMax: number;
}

/** Records of one request: so many events, and where the records of each partition stand. */
export interface WrittenRun {
  readonly count: number;
  readonly groups: readonly { readonly partition: number; readonly count: number; readonly start: number; readonly end: number }[];
}

/** An event as a message, with its identity in the headers. */
export function messageOf({ id, time, type }: WorkEvent, value: Uint8Array): TopicMessage {
  return { key: id, value, headers: { "gatelog-id": id, "gatelog-time": time, "gatelog-type": type } };
}

/**
 * Writes the Kafka records of events whose values are their lines, in requests of `bytesMax` or so; returns them with the memory that they stand in: that of `into`,
 * or more where that does not do.
 *
 * **Guarantee**: the records of `messageOf` with each event's line, in order within each partition.
 */
export function writeRawRecords(packed: PackedEvents, { partitions, bytesMax }: RawRecordsOptions, into: Buffer) {
  const writer = new RawRecordsWriter(packed, into);
  const runs: WrittenRun[] = [];
  for (const { from, to } of runsOf(packed.lengths, bytesMax)) runs.push(writer.write(from, to, partitions));
  return { runs, into: writer.into };
}

/** What they take at most; events whose frames have to be parsed may take more. */
export function rawRecordsBytes(lengths: Uint32Array): number {
  return lengths.reduce((sum, length) => sum + length + recordExtraBytes, 0);
}

function* runsOf(lengths: Uint32Array, bytesMax: number) {
  let from = 0;
  let bytes = 0;
  for (const [index, length] of lengths.entries()) {
    const size = length + recordExtraBytes;
    if (index > from && bytes + size > bytesMax) {
      yield { from, to: index };
      from = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < lengths.length) yield { from, to: lengths.length };
}

class RawRecordsWriter {
  into: Buffer;
  readonly #events: Buffer[];
  #at = 0;

  constructor({ bytes, lengths }: PackedEvents, into: Buffer) {
    this.into = into;
    let start = 0;
    this.#events = Array.from(lengths, (length) => bytes.subarray(start, (start += length)));
  }

  write(from: number, to: number, partitions: number): WrittenRun {
    const events = this.#events.slice(from, to);
    const groups = [];
    for (const [partition, group] of sorted(events, partitions)) {
      const start = this.#at;
      for (const [index, event] of group.entries()) this.#write(event, index);
      groups.push({ partition, count: group.length, start, end: this.#at });
    }
    return { count: events.length, groups };
  }

  #write(event: Buffer, index: number): void {
    this.#makeRoom(event.length + recordExtraBytes);
    const end = isKept(event) ? writeKeptRecord(this.into, this.#at, index, event) : -1;
    if (end === -1) return this.#writeDecoded(event, index);
    this.#at = end;
  }

  #writeDecoded(event: Buffer, index: number): void {
    const decoded = decodeAgain(event);
    const message = messageOf(decoded, decoded.line);
    this.#makeRoom(messageBytes(message));
    this.#at = writeRecord(this.into, this.#at, index, message);
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.into.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.into.length, this.#at + bytes));
    this.into.copy(larger, 0, 0, this.#at);
    this.into = larger;
  }
}

function sorted(events: readonly Buffer[], partitions: number): Iterable<readonly [number, readonly Buffer[]]> {
  if (partitions === 1) return [[0, events]];
  const groups = new Map<number, Buffer[]>();
  for (const event of events) {
    const partition = partitionOf(event, partitions);
    const group = groups.get(partition);
    if (group === undefined) groups.set(partition, [event]);
    else group.push(event);
  }
  return groups;
}

function partitionOf(event: Buffer, partitions: number): number {
  if (isKept(event)) return partitionOfBytes(event, keptPlaces(event).id, idLength, partitions);
  const key = Buffer.from(decodeAgain(event).id);
  return partitionOfBytes(key, 0, key.length, partitions);
}
