import { Buffer } from "node:buffer";
import { formatSeed, parseLine } from "@gatelog/log-record";
import { DeliveryError, PartialDeliveryError } from "@gatelog/pipeline";
import { clientTlsMaterial, ensureWritableDirectory, StartError, type TlsFilesOptions } from "@gatelog/service-kit";
import { createProducer, type TopicConfig, type TopicEvent, type TopicMessage, type TopicProducer, type TopicValue } from "@gatelog/topic";
import type { TopicOutputConfig } from "../config/output.ts";
import type { EncodedEvent } from "../event-encoder.ts";
import type { EventSink } from "./events-output.ts";

export interface TopicSinkOptions {
  /** Of an input's lines whose times have none. */
  readonly seedTimeZoneOf: (input: string) => string;
  readonly onEvent: (event: TopicEvent) => void;
  /** What the brokers' certificates are followed with. */
  readonly tls: Omit<TlsFilesOptions, "key">;
}

/**
 * Events as messages of a topic: key = id, identity in the headers, value as configured.
 *
 * **Guarantee**: durable when `write` resolves. Marks carry header `gatelog-type: mark`; value `seed` has none.
 */
export function createTopicSink(config: TopicOutputConfig, options: TopicSinkOptions): EventSink {
  const producer = createProducer(producerConfig(config, options), { onEvent: options.onEvent });
  const dir = "embedded" in config ? config.embedded.dir : undefined;
  return new TopicSink(producer, { value: config.value, dir, timeZoneOf: options.seedTimeZoneOf });
}

function producerConfig(config: TopicOutputConfig, options: TopicSinkOptions): TopicConfig {
  if (!("kafka" in config)) return config;
  const { tls: files, ...kafka } = config.kafka;
  const tls = clientTlsMaterial(files, { ...options.tls, key: "output.topic.kafka.tls" });
  return { ...config, kafka: tls === undefined ? kafka : { ...kafka, tls } };
}

class TopicSink implements EventSink {
  readonly #producer: TopicProducer;
  readonly #value: TopicValue;
  readonly #dir: string | undefined;
  readonly #timeZoneOf: (input: string) => string;

  constructor(
    producer: TopicProducer,
    {
      value,
      dir,
      timeZoneOf,
    }: { readonly value: TopicValue; readonly dir: string | undefined; readonly timeZoneOf: TopicSinkOptions["seedTimeZoneOf"] },
  ) {
    this.#producer = producer;
    this.#value = value;
    this.#dir = dir;
    this.#timeZoneOf = timeZoneOf;
  }

  async start(): Promise<void> {
    if (this.#dir !== undefined) await ensureWritableDirectory(this.#dir, "output.topic.embedded.dir");
    try {
      await this.#producer.start();
    } catch (error) {
      // It rejects for nothing that is remote.
      if (error instanceof DeliveryError) throw new StartError(error.message, { key: "output.topic", cause: error });
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.#producer.stop();
  }

  status() {
    return this.#producer.status();
  }

  /** Among the seven fields of the original a mark has no place. */
  wants({ type }: EncodedEvent): boolean {
    return this.#value !== "seed" || type !== "mark";
  }

  async write(events: readonly EncodedEvent[], signal?: AbortSignal): Promise<void> {
    const eventOf = new Map(events.map((event) => [this.#messageOf(event), event]));
    try {
      await this.#producer.send([...eventOf.keys()], signal);
    } catch (error) {
      throw error instanceof PartialDeliveryError ? ofEvents(error as PartialDeliveryError<TopicMessage>, eventOf) : error;
    }
  }

  #messageOf(event: EncodedEvent): TopicMessage {
    const { id, time, type } = event;
    return { key: id, value: this.#valueOf(event), headers: { "gatelog-id": id, "gatelog-time": time, "gatelog-type": type } };
  }

  #valueOf({ line, json, input }: EncodedEvent): Uint8Array {
    if (this.#value === "raw") return line;
    if (this.#value === "event") return json;
    // A line that is no record goes as it is, for nothing is dropped.
    const timeZone = this.#timeZoneOf(input);
    const parsed = parseLine(line, { seedTimeZone: timeZone });
    return parsed.kind === "record" ? Buffer.from(formatSeed(parsed.record, { timeZone })) : line;
  }
}

/** The producer's partial outcome told of events instead of messages. */
function ofEvents(error: PartialDeliveryError<TopicMessage>, eventOf: ReadonlyMap<TopicMessage, EncodedEvent>) {
  const find = (message: TopicMessage) => eventOf.get(message) as EncodedEvent;
  return new PartialDeliveryError<EncodedEvent>(error.code, error.message, {
    rejected: error.rejected.map((rejected) => ({ item: find(rejected.item), error: rejected.error })),
    undelivered: error.undelivered.map(find),
  });
}
