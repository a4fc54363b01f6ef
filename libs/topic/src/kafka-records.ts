import { Buffer } from "node:buffer";
import { DeliveryError } from "@gatelog/pipeline";
import type { ICustomPartitioner, Message, RecordMetadata } from "./kafkajs.ts";
import { partitionOf } from "./murmur2.ts";
import type { MessageRun } from "./split-by-bytes.ts";
import { textBytes, writeTextBytes } from "./text-bytes.ts";
import type { TopicMessage } from "./topic.ts";

/*
 * A record within a batch of version 2, which brokers have from 0.11 on:
 *
 *   record  = length attributes timestampDelta offsetDelta key value headers
 *   key     = length bytes            value = length bytes
 *   headers = count (length name length value)*
 *
 * All numbers are zigzag varints; attributes and the time's difference are 0 here.
 */

/**
 * Messages of one topic as kafkajs takes them: an array, of which it asks only to be sorted into partitions. kafkajs itself would make an encoder
 * for each record and each header, and copy a partition's list for every message that it adds to it; here a partition's records are written in one go.
 * `fastPartitioner` belongs to it. For brokers that know record batches (0.11).
 *
 * **Guarantee**: the bytes are those that kafkajs writes.
 */
export class KafkaRecords {
  readonly #topic: string;
  readonly #run: MessageRun;
  readonly #scratch: Scratch;
  /** How many partitions the topic had when the messages were sorted first, and those that have messages. */
  #count: number | undefined;
  #partitions: readonly number[] = [];

  /** `scratch` is used for one send after the other. */
  constructor(topic: string, run: MessageRun, scratch: Scratch) {
    this.#topic = topic;
    this.#run = run;
    this.#scratch = scratch;
  }

  /** For kafkajs, whose type of messages is an array. */
  asMessages(): Message[] {
    return this as unknown as Message[];
  }

  /** kafkajs looks for a message without a value. */
  find(): undefined {
    return undefined;
  }

  /** kafkajs asks its partitioner for the partition of each message; here it is asked once for all. */
  reduce(add: (partitions: object, message: KafkaRecords) => unknown): Readonly<Record<number, EncodedRecords>> {
    let count = 0;
    this.onPartitions = (partitions) => (count = partitions);
    add({}, this);
    // Another attempt of kafkajs. Sorted otherwise than the first time, some would go twice, and some not at all.
    if (count !== (this.#count ??= count)) throw notSent(this.#topic, "got further partitions");
    return this.#encode(count);
  }

  /**
   * To be asked when kafkajs says that all is sent. After a failure it asks only the brokers that did not answer; a partition that went over to one that did is
   * never sent then, without a word.
   *
   * **Errors**: DeliveryError, transient: send all again.
   */
  checkAnswered(answers: readonly RecordMetadata[]): void {
    const answered = new Set(answers.filter(({ topicName }) => topicName === this.#topic).map(({ partition }) => partition));
    if (!this.#partitions.every((partition) => answered.has(partition))) throw notSent(this.#topic, "moved between brokers");
  }

  /** Told by the partitioner how many partitions the topic has. */
  onPartitions: (count: number) => void = () => undefined;

  #encode(partitions: number): Record<number, EncodedRecords> {
    const groups = new Map<number, TopicMessage[]>();
    for (const message of this.#run.messages) {
      const partition = partitionOf(message.key, partitions);
      const group = groups.get(partition);
      if (group === undefined) groups.set(partition, [message]);
      else group.push(message);
    }
    this.#partitions = [...groups.keys()];
    const bytes = this.#scratch.take(this.#run.bytes);
    const encoded: Record<number, EncodedRecords> = {};
    let at = 0;
    for (const [partition, group] of groups) {
      const end = writeRecords(bytes, at, group);
      encoded[partition] = encodedRecords(group.length, bytes.subarray(at, end));
      at = end;
    }
    return encoded;
  }
}

/** Memory for the records of one request, which kafkajs copies before it compresses them. For the sends of one session, which never overlap. */
export class Scratch {
  #bytes = Buffer.alloc(0);

  /** At least so many bytes, not cleared; what was taken before is no longer anybody's. */
  take(length: number): Buffer {
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafeSlow(length);
    return this.#bytes;
  }
}

/** Plain messages, for brokers that do not know record batches: sorted, and so sent, only once, for a second attempt of kafkajs may leave some out. */
export function sentOnce(topic: string, messages: Message[]): Message[] {
  let isSorted = false;
  const sort = messages.reduce.bind(messages) as (...parameters: unknown[]) => unknown;
  const reduce = (...parameters: unknown[]) => {
    if (isSorted) throw notSent(topic, "could not be sent to in one go");
    isSorted = true;
    return sort(...parameters);
  };
  return Object.assign(messages, { reduce });
}

function notSent(topic: string, what: string): DeliveryError {
  const message = `the Kafka topic ${topic} ${what} while messages were sent to it: they are sent again`;
  return new DeliveryError("GATELOG_TOPIC_KAFKA_FAILED", message, { permanent: false });
}

/** Chooses partitions as Kafka's Java client does, for `KafkaRecords` and for plain messages, which have a key here. */
export const fastPartitioner: ICustomPartitioner =
  () =>
  ({ partitionMetadata, message }) => {
    const { length } = partitionMetadata;
    if (!(message instanceof KafkaRecords)) return partitionOf(String(message.key ?? ""), length);
    message.onPartitions(length);
    return 0;
  };

/** What kafkajs appends to a request: as one of its encoders. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/** A partition's records, as an array of so many encoders of which the first has the bytes of all, and the others are not there. */
class EncodedRecords extends Array<Encoded> {
  /** kafkajs makes a record of each message: they are records. */
  override map<T>(): T[] {
    return this as unknown as T[];
  }

  /** kafkajs looks for times of messages, of which none has one. */
  override filter<T>(): T[] {
    return [];
  }
}

function encodedRecords(count: number, buffer: Buffer): EncodedRecords {
  const records = new EncodedRecords(count);
  records[0] = { buf: buffer, buffer };
  return records;
}

/** Writes records, the first with the offset 0; returns where they end. */
export function writeRecords(bytes: Buffer, from: number, group: readonly TopicMessage[]): number {
  let at = from;
  let index = 0;
  for (const message of group) at = writeRecord(bytes, at, index++, message);
  return at;
}

function writeRecord(bytes: Buffer, from: number, index: number, { key, value, headers }: TopicMessage): number {
  let count = 0;
  let length = 2 + sizeOf(index) + sizeOfText(key) + sizeOf(value.length) + value.length;
  for (const name in headers) {
    length += sizeOfText(name) + sizeOfText(headers[name] as string);
    count += 1;
  }
  let at = writeNumber(bytes, from, length + sizeOf(count));
  // Attributes, and the difference to the batch's time.
  bytes[at++] = 0;
  bytes[at++] = 0;
  at = writeText(bytes, writeNumber(bytes, at, index), key);
  at = writeNumber(bytes, at, value.length);
  bytes.set(value, at);
  at = writeNumber(bytes, at + value.length, count);
  for (const name in headers) at = writeText(bytes, writeText(bytes, at, name), headers[name] as string);
  return at;
}

/** Bytes of a number that is not negative, as a zigzag varint. */
function sizeOf(value: number): number {
  let size = 1;
  for (let left = Math.floor(value / 64); left > 0; left = Math.floor(left / 128)) size += 1;
  return size;
}

function sizeOfText(text: string): number {
  const length = textBytes(text);
  return sizeOf(length) + length;
}

function writeNumber(bytes: Buffer, from: number, value: number): number {
  let at = from;
  let left = value * 2;
  while (left > 0x7f) {
    bytes[at++] = (left % 128) | 0x80;
    left = Math.floor(left / 128);
  }
  bytes[at++] = left;
  return at;
}

function writeText(bytes: Buffer, from: number, text: string): number {
  const length = textBytes(text);
  return writeTextBytes(bytes, writeNumber(bytes, from, length), text, length);
}
