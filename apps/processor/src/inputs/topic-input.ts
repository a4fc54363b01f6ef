import { idFromKafka } from "@gatelog/log-record";
import { TlsFiles } from "@gatelog/service-kit";
import { type ConsumedBatch, createConsumer, type TopicConfig, type TopicConsumer } from "@gatelog/topic";
import type { Config } from "../config.ts";
import type { Take } from "../intake.ts";
import type { Codec } from "./codec.ts";
import { createFix } from "./codec.ts";
import { type Input, type InputContext, type InputLoad, noLoad } from "./input.ts";
import { type PlacedMessage, topicProvenance } from "./topic-provenance.ts";

export type KafkaInputConfig = Extract<Config["inputs"][number], { readonly kafka: unknown }>["kafka"];
export type EmbeddedInputConfig = Extract<Config["inputs"][number], { readonly embedded: unknown }>["embedded"];

/** A topic that is read as a member of a group: an offset is committed when the events before it are on disk. */
export class TopicInput implements Input {
  readonly name: string;
  readonly #topic: string;
  readonly #codec: Codec;
  readonly #context: InputContext;
  readonly #consumer: TopicConsumer;
  readonly #files: TlsFiles | undefined;
  #inFlightBytes = 0;

  constructor(config: KafkaInputConfig | EmbeddedInputConfig, context: InputContext) {
    this.name = context.name;
    this.#topic = config.topic;
    this.#codec = config.codec;
    this.#context = context;
    this.#files = "brokers" in config ? tlsFilesOf(config, context) : undefined;
    this.#consumer = createConsumer(
      { ...topicOf(config, this.#files), group: config.group },
      { onEvent: (event) => context.reports.say(event, { input: context.name }) },
    );
  }

  async start(): Promise<void> {
    const fix = createFix(this.#codec, this.#context.seedTimeZone);
    const take = this.#context.intake<PlacedMessage>({
      fix: (placed) =>
        fix(
          placed.message.value,
          topicProvenance(placed, () => idFromKafka(this.#topic, placed.partition, placed.message.offset)),
        ),
      bytesOf: ({ message }) => message.value.length,
    });
    this.#files?.start();
    await this.#consumer.start((batch) => this.#take(batch, take));
  }

  async stop(): Promise<void> {
    await this.#consumer.stop();
    this.#files?.stop();
  }

  trouble(): string | undefined {
    const { ready, reason } = this.#consumer.status();
    return ready ? undefined : (reason ?? "not ready");
  }

  load(): InputLoad {
    return { ...noLoad, inFlightBytes: this.#inFlightBytes };
  }

  /** However long the buffer has no room: the consumer keeps its membership while this runs. */
  async #take({ partition, messages }: ConsumedBatch, take: Take<PlacedMessage>): Promise<void> {
    const bytes = messages.reduce((sum, { value }) => sum + value.length, 0);
    this.#inFlightBytes += bytes;
    try {
      await take(messages.map((message) => ({ topic: this.#topic, partition, message })));
    } finally {
      this.#inFlightBytes -= bytes;
    }
  }
}

function topicOf(config: KafkaInputConfig | EmbeddedInputConfig, files: TlsFiles | undefined): TopicConfig {
  if (!("brokers" in config)) return { embedded: { dir: config.dir }, name: config.topic };
  const { topic, group: _group, codec: _codec, tls, ...kafka } = config;
  return { kafka: { ...kafka, ...(tls && files && { tls: { ...tls, material: files.material } }) }, name: topic };
}

function tlsFilesOf({ tls }: KafkaInputConfig, { key, name, clock, reports }: InputContext): TlsFiles | undefined {
  if (tls === undefined) return undefined;
  const onReload = () => reports.tlsReloaded(name);
  return new TlsFiles(tls, { key: `${key}.tls`, clock, onReload, onUnusable: (error) => reports.tlsUnusable(name, error) });
}
