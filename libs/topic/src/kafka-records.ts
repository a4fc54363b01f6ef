import { Buffer } from "node:buffer";
import { DeliveryError } from "@gatelog/pipeline";
import type { ICustomPartitioner, Message, RecordMetadata } from "./kafkajs.ts";
import { compressedAlready } from "./compressed-already.ts";
import { partitionOf } from "./murmur2.ts";
import type { MessageRun } from "./split-by-bytes.ts";
import { writeRecords } from "./record-format.ts";
import type { RecordGroup, TopicMessage, TopicRecords } from "./topic.ts";

/**
 * Messages of one topic as kafkajs takes them: an array, of which it asks only to be sorted into partitions. kafkajs itself would make an encoder
 * for each record and each header, and copy a partition's list for every message that it adds to it; here a partition's records are written in one go.
 * `fastPartitioner` belongs to it. For brokers that know record batches (0.11).
 *
 * **Guarantee**: the bytes are those that kafkajs writes.
 */
export class KafkaRecords {
  readonly #topic: string;
  readonly #source: RecordSource;
  readonly #isCompressed: boolean;
  /** How many partitions the topic had when the messages were sorted first, and those that have messages. */
  #count: number | undefined;
  #partitions: readonly number[] = [];

  constructor(topic: string, source: RecordSource, isCompressed = false) {
    this.#topic = topic;
    this.#source = source;
    this.#isCompressed = isCompressed;
  }

  /** For kafkajs, whose type of messages is an array. */
  asMessages(): Message[] {
    return this as unknown as Message[];
  }

  /** So many partitions the topic has; undefined before it was sorted. */
  get count(): number | undefined {
    return this.#count;
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
    const groups = this.#source(count, this.#topic);
    this.#partitions = groups.map(({ partition }) => partition);
    return Object.fromEntries(groups.map((group) => [group.partition, encodedRecords(group, this.#isCompressed)]));
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
}

/** The records of a topic that has so many partitions. **Errors**: what ends the send. */
export type RecordSource = (partitions: number, topic: string) => readonly RecordGroup[];

/** Writes the records of messages when they are asked for. `scratch` is used for one send after the other. */
export function recordsOfMessages({ messages, bytes }: MessageRun, scratch: Scratch): RecordSource {
  return (partitions) => {
    const sorted = new Map<number, TopicMessage[]>();
    for (const message of messages) {
      const partition = partitionOf(message.key, partitions);
      const group = sorted.get(partition);
      if (group === undefined) sorted.set(partition, [message]);
      else group.push(message);
    }
    const into = scratch.take(bytes);
    let at = 0;
    return Array.from(sorted, ([partition, group]) => {
      const from = at;
      at = writeRecords(into, from, group);
      return { partition, count: group.length, bytes: into.subarray(from, at) };
    });
  };
}

/** Records that somebody else wrote. */
export function writtenRecords({ partitions, groups }: TopicRecords): RecordSource {
  return (count, topic) => {
    if (count !== partitions) throw notSent(topic, "got further partitions");
    return groups;
  };
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

/** kafkajs looks at a message's value only where a broker turns out not to know batches of records: it would send one message without any. */
function refuseOld(): never {
  throw new DeliveryError(
    "GATELOG_TOPIC_KAFKA_FAILED",
    "a Kafka broker is older than those before it: messages are sent again, as it knows them",
    {
      permanent: false,
    },
  );
}

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

function encodedRecords({ count, bytes }: RecordGroup, isCompressed: boolean): EncodedRecords {
  const records = new EncodedRecords(count);
  records[0] = Object.defineProperty(isCompressed ? compressedAlready(bytes) : { buf: bytes, buffer: bytes }, "value", { get: refuseOld });
  return records;
}
