import { PartialDeliveryError } from "@gatelog/pipeline";
import { createProducer, type TopicConfig, type TopicEvent, type TopicMessage, type TopicProducer, type TopicValue } from "@gatelog/topic";
import { Arena } from "./arena.ts";
import type { TopicOutputConfig } from "./config.ts";
import type { EventSink } from "./event-sink.ts";
import { FieldPath, textOf } from "./filters/field-path.ts";
import type { Effect } from "./filters/filter.ts";
import { eventValue, seedValue } from "./outputs/event-values.ts";
import type { OutputTls } from "./outputs/output-tls.ts";
import { fieldsOfTopic } from "./outputs/topic-check.ts";
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
}

/**
 * Events as messages of a topic: identity in the headers; key, value and further headers as configured.
 *
 * **Guarantee**: as the topic's producer: durable when `write` resolves. Marks carry header `gatelog-type: mark`; value `seed` has none.
 */
export function createTopicSink(config: TopicOutputConfig, options: TopicSinkOptions): EventSink {
  return new TopicSink(createProducer(producerConfig(config, options), { onEvent: options.onEvent }), config, options);
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
  }

  start(): Promise<void> {
    return this.#producer.start();
  }

  stop(): Promise<void> {
    return this.#producer.stop();
  }

  status() {
    return this.#producer.status();
  }

  async write(batch: readonly WorkEvent[], signal?: AbortSignal): Promise<void> {
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
    const headers: Record<string, string> = { "gatelog-id": event.id, "gatelog-time": event.time, "gatelog-type": event.type };
    for (const [name, field] of this.#headers) {
      const value = field.get(event);
      if (value !== undefined && value !== null) headers[name] = textOf(value);
    }
    const key = this.#key?.get(event) ?? event.id;
    const message = { key: textOf(key), value: this.#valueOf(event), headers };
    const topic = this.#names?.of(event);
    return topic === undefined ? message : { topic, ...message };
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
