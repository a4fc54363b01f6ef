import { PartialDeliveryError, toDeliveryError } from "@gatelog/pipeline";
import {
  createProducer,
  type TopicConfig,
  type TopicEvent,
  type TopicMessage,
  type TopicProducer,
  type TopicRecords,
  type TopicValue,
} from "@gatelog/topic";
import { Arena } from "./arena.ts";
import type { TopicOutputConfig } from "./config.ts";
import type { EventSink } from "./event-sink.ts";
import { FieldPath, textOf } from "./filters/field-path.ts";
import type { Effect } from "./filters/filter.ts";
import { eventValue, seedValue } from "./outputs/event-values.ts";
import { RecordThread } from "./outputs/record-thread.ts";
import type { OutputTls } from "./outputs/output-tls.ts";
import { fieldsOfTopic } from "./outputs/topic-check.ts";
import { messageOf } from "./outputs/raw-records.ts";
import { TopicNames } from "./outputs/topic-names.ts";
import type { WorkEvent } from "./work-event.ts";

export interface TopicSinkOptions {
  readonly seedTimeZone: string;
  readonly requestBytesMax: number;
  /** Of `kafka.tls`, where it is given. */
  readonly tls?: OutputTls | undefined;
  readonly onEvent: (event: TopicEvent) => void;
  /** Told of each event whose own topic it may not have. */
  readonly onNameRefused?: (reason: string) => void;
  /** Told that the thread that makes records has ended; this one makes them for a while. */
  readonly onThreadEnded?: (error: Error) => void;
  /** That thread's program; default as it is delivered. */
  readonly threadFile?: string;
}

/** Less than that is sooner made than handed over. */
const madeElsewhereMin = 64;

/**
 * Events as messages of a topic: identity in the headers; key, value and further headers as configured.
 *
 * **Guarantee**: as the topic's producer: durable when `write` resolves. Marks carry header `gatelog-type: mark`; value `seed` has none.
 */
export function createTopicSink(
  config: TopicOutputConfig,
  options: TopicSinkOptions,
  producer = createProducer(producerConfig(config, options), { onEvent: options.onEvent }),
): EventSink {
  return new TopicSink(producer, config, options);
}

function producerConfig(config: TopicOutputConfig, { requestBytesMax, tls }: TopicSinkOptions): TopicConfig {
  if (!("kafka" in config)) return config;
  const { tls: _files, ...kafka } = config.kafka;
  return { ...config, kafka: { ...kafka, requestBytesMax, ...(tls === undefined ? {} : { tls }) } };
}

const needsOf: Readonly<Record<TopicValue, readonly Effect[]>> = { raw: [], seed: ["parsed"], event: ["fields"] };
/** Parts of an event that every filter leaves as they are, or that are run for in any case. */
const alwaysThere: ReadonlySet<string> = new Set(["id", "time", "type", "message"]);

class TopicSink implements EventSink {
  readonly needs: readonly Effect[];
  readonly #producer: TopicProducer;
  readonly #valueOf: (event: WorkEvent) => Uint8Array;
  /** Where the lines of one send are written. */
  readonly #arena = new Arena();
  readonly #hasMarks: boolean;
  /** Undefined for the id. */
  readonly #key: FieldPath | undefined;
  readonly #headers: readonly (readonly [string, FieldPath])[];
  readonly #names: TopicNames | undefined;
  /** Where messages are nothing but the lines and identities of events. */
  readonly #thread: RecordThread | undefined;
  /** Records of batches that were announced. */
  readonly #made = new WeakMap<readonly WorkEvent[], Promise<readonly TopicRecords[] | undefined>>();

  constructor(producer: TopicProducer, config: TopicOutputConfig, options: TopicSinkOptions) {
    const { value, key, headers, nameBy } = config;
    this.#producer = producer;
    this.#valueOf = {
      raw: (event: WorkEvent) => event.lineIn(this.#arena),
      event: eventValue,
      seed: (event: WorkEvent) => seedValue(event, options.seedTimeZone),
    }[value];
    this.#hasMarks = value !== "seed";
    this.#key = key === "id" ? undefined : (FieldPath.parse(key) as FieldPath);
    this.#headers = Object.entries(headers).map(([name, field]) => [name, FieldPath.parse(field) as FieldPath] as const);
    this.#names = nameBy === undefined ? undefined : new TopicNames({ ...nameBy, onRefused: (reason) => options.onNameRefused?.(reason) });
    const reads = fieldsOfTopic(config).some(({ field }) => !alwaysThere.has(field));
    this.needs = reads ? [...needsOf[value], "fields", "parsed"] : needsOf[value];
    const isRaw = value === "raw" && this.#key === undefined && this.#headers.length === 0 && this.#names === undefined;
    if (isRaw && producer.records !== undefined)
      this.#thread = new RecordThread((error) => options.onThreadEnded?.(error), options.threadFile);
  }

  start(): Promise<void> {
    return this.#producer.start();
  }

  async stop(): Promise<void> {
    await this.#producer.stop();
    await this.#thread?.stop();
  }

  status() {
    return this.#producer.status();
  }

  announce(batch: readonly WorkEvent[]): void {
    const { records } = this.#producer;
    const partitions = records?.partitions();
    if (records === undefined || partitions === undefined || batch.length < madeElsewhereMin) return;
    const made = this.#thread?.make(batch, { partitions, bytesMax: records.bytesMax(), compression: records.compression });
    // What the thread did not make is made when it is written.
    if (made !== undefined)
      this.#made.set(
        batch,
        made.catch(() => undefined),
      );
  }

  async write(batch: readonly WorkEvent[], signal?: AbortSignal): Promise<void> {
    const made = await this.#made.get(batch);
    this.#made.delete(batch);
    if (made === undefined) await this.#writeMessages(batch, signal);
    else await this.#writeRecords(made, batch, signal);
  }

  async #writeRecords(requests: readonly TopicRecords[], batch: readonly WorkEvent[], signal: AbortSignal | undefined): Promise<void> {
    let delivered = 0;
    for (const request of requests) {
      try {
        await this.#producer.records?.send(request, signal);
      } catch (error) {
        if (delivered === 0) throw error;
        const { code, message } = toDeliveryError(error);
        throw new PartialDeliveryError<WorkEvent>(code, message, { rejected: [], undelivered: batch.slice(delivered) });
      }
      delivered += request.count;
    }
  }

  async #writeMessages(batch: readonly WorkEvent[], signal: AbortSignal | undefined): Promise<void> {
    const sent = this.#hasMarks ? batch : batch.filter(({ type }) => type !== "mark");
    if (sent.length === 0) return;
    const messages = sent.map((event) => this.#messageOf(event));
    const taken = this.#arena.detach();
    try {
      await this.#producer.send(messages, signal);
      this.#arena.giveBack(taken);
    } catch (error) {
      // A send that was given up may still be going on, and read what was made for it.
      throw error instanceof PartialDeliveryError ? asEvents(error as PartialDeliveryError<TopicMessage>, sent, messages) : error;
    }
  }

  #messageOf(event: WorkEvent): TopicMessage {
    const message = messageOf(event, this.#valueOf(event));
    const topic = this.#names?.of(event);
    if (this.#key === undefined && this.#headers.length === 0 && topic === undefined) return message;
    const headers: Record<string, string> = { ...message.headers };
    for (const [name, field] of this.#headers) {
      const value = field.get(event);
      if (value !== undefined && value !== null) headers[name] = textOf(value);
    }
    const key = textOf(this.#key?.get(event) ?? event.id);
    return { ...message, key, headers, ...(topic === undefined ? {} : { topic }) };
  }
}

/** The producer's partial outcome told of events instead of messages. */
function asEvents(error: PartialDeliveryError<TopicMessage>, events: readonly WorkEvent[], messages: readonly TopicMessage[]) {
  const eventOf = new Map(messages.map((message, index) => [message, events[index] as WorkEvent]));
  const find = (message: TopicMessage) => eventOf.get(message) as WorkEvent;
  return new PartialDeliveryError<WorkEvent>(error.code, error.message, {
    rejected: error.rejected.map((rejected) => ({ item: find(rejected.item), error: rejected.error })),
    undelivered: error.undelivered.map(find),
  });
}
