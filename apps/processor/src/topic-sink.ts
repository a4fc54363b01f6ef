import { Buffer } from "node:buffer";
import { formatSeed, parseLine } from "@gatelog/log-record";
import { PartialDeliveryError } from "@gatelog/pipeline";
import { createProducer, type TopicEvent, type TopicMessage, type TopicProducer, type TopicValue } from "@gatelog/topic";
import type { TopicOutputConfig } from "./config.ts";
import type { EventSink } from "./event-sink.ts";
import type { Effect } from "./filters/filter.ts";
import type { WorkEvent } from "./work-event.ts";

export interface TopicSinkOptions {
  readonly seedTimeZone: string;
  readonly requestBytesMax: number;
  readonly onEvent: (event: TopicEvent) => void;
}

/**
 * Events as messages of a topic: key = id, identity in the headers, value as configured.
 *
 * **Guarantee**: as the topic's producer: durable when `write` resolves. Marks carry header `gatelog-type: mark`; value `seed` has none.
 */
export function createTopicSink(config: TopicOutputConfig, options: TopicSinkOptions): EventSink {
  const withLimit = "kafka" in config ? { ...config, kafka: { ...config.kafka, requestBytesMax: options.requestBytesMax } } : config;
  return new TopicSink(createProducer(withLimit, { onEvent: options.onEvent }), config.value, options.seedTimeZone);
}

const needsOf: Readonly<Record<TopicValue, readonly Effect[]>> = { raw: [], seed: ["parsed"], event: ["fields"] };

class TopicSink implements EventSink {
  readonly needs: readonly Effect[];
  readonly #producer: TopicProducer;
  readonly #valueOf: (event: WorkEvent) => Uint8Array;
  readonly #hasMarks: boolean;

  constructor(producer: TopicProducer, value: TopicValue, seedTimeZone: string) {
    this.#producer = producer;
    this.#valueOf = { raw: rawValue, event: eventValue, seed: (event: WorkEvent) => seedValue(event, seedTimeZone) }[value];
    this.#hasMarks = value !== "seed";
    this.needs = needsOf[value];
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
    try {
      await this.#producer.send(messages, signal);
    } catch (error) {
      throw error instanceof PartialDeliveryError ? asEvents(error as PartialDeliveryError<TopicMessage>, sent, messages) : error;
    }
  }

  #messageOf(event: WorkEvent): TopicMessage {
    const headers = { "gatelog-id": event.id, "gatelog-time": event.time, "gatelog-type": event.type };
    return { key: event.id, value: this.#valueOf(event), headers };
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

/** The line exactly as it stands in the file. */
function rawValue(event: WorkEvent): Uint8Array {
  return event.line;
}

/** The envelope again, with the identity that was fixed. */
function eventValue(event: WorkEvent): Uint8Array {
  const { id, time, type, failures, message } = event;
  const gatelog = { id, time, type, ...(failures && { filter_errors: failures }) };
  const identity = `"message":${JSON.stringify(message)},"gatelog":${JSON.stringify(gatelog)}`;
  const fields = event.fieldsJson.slice(1, -1);
  return Buffer.from(fields === "" ? `{${identity}}` : `{${identity},${fields}}`);
}

/** The seed's seven fields; a line that is no record goes as it is, for nothing is dropped. */
function seedValue(event: WorkEvent, timeZone: string): Uint8Array {
  const parsed = event.parsed ?? parseLine(event.line, { seedTimeZone: timeZone });
  return parsed.kind === "record" ? Buffer.from(formatSeed(parsed.record, { timeZone })) : event.line;
}
