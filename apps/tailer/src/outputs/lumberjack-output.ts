import type { LineBatch } from "@gatelog/file-tail";
import { createLumberjackWindowSink, type EncodedWindow, type LumberjackClientEvent, type LumberjackWindowSink } from "@gatelog/lumberjack";
import { backOff, type Clock, deliverAll, DeliveryError, type RejectedItem, type Sink } from "@gatelog/pipeline";
import { TlsFiles } from "@gatelog/service-kit";
import type { LumberjackConfig } from "../config/output.ts";
import { ConnectionKeeper } from "../connection-keeper.ts";
import type { EncodedEvent, EventEncoder } from "../event-encoder.ts";
import type { DeadLetterFile } from "./dead-letter-file.ts";
import type { Output, OutputReports, OutputStatus } from "./output.ts";

export interface LumberjackOutputOptions {
  readonly config: LumberjackConfig;
  readonly retry: { readonly minMs: number; readonly maxMs: number };
  readonly encoder: EventEncoder;
  readonly clock: Clock;
  readonly reports: OutputReports;
  /** Where an event goes that is larger than receivers take. */
  readonly deadLetters: DeadLetterFile;
  readonly onEvent: (event: LumberjackClientEvent) => void;
  readonly onTlsReload: () => void;
  readonly onTlsUnusable: (error: unknown) => void;
}

/** A batch is one window, whose frames are written by the encoder; offsets move on its ACK. */
export class LumberjackOutput implements Output {
  readonly #options: LumberjackOutputOptions;
  readonly #sink: LumberjackWindowSink;
  readonly #connection: ConnectionKeeper;
  readonly #tls: TlsFiles | undefined;

  constructor(options: LumberjackOutputOptions) {
    const { config, clock, retry, onEvent, onTlsReload, onTlsUnusable } = options;
    const { tls, beat: _beat, eventBytesMax: _eventBytesMax, ...client } = config;
    this.#options = options;
    this.#tls =
      tls === undefined
        ? undefined
        : new TlsFiles(tls, { key: "output.lumberjack.tls", clock, onReload: onTlsReload, onUnusable: onTlsUnusable });
    this.#sink = createLumberjackWindowSink({
      ...client,
      retry,
      clock,
      onEvent,
      ...(tls === undefined || this.#tls === undefined ? {} : { tls: { ...verificationOf(tls), material: this.#tls.material } }),
    });
    this.#connection = new ConnectionKeeper({ sink: this.#sink, clock, retry });
  }

  async start(): Promise<void> {
    this.#tls?.start();
    await this.#sink.start();
    this.#connection.start();
  }

  async deliver(batch: LineBatch, signal: AbortSignal): Promise<number> {
    const { clock, encoder, reports } = this.#options;
    const window = encoder.encodeFrames(batch, new Date(clock.now()).toISOString());
    try {
      await deliverAll<EncodedWindow>(this.#sink, [window], { ...this.#trying(signal), deadLetter: neverDeadLetter });
      reports.delivered();
      if (window.oversized.length > 0) await this.#setAside(window.oversized, signal);
      return window.count;
    } finally {
      // A delivery that was given up may still be read by the socket that is being closed: its memory is left to the collector.
      if (!signal.aborted) window.release();
    }
  }

  /** A receiver closes the connection on such an event, each time: it and all that is sent with it would never arrive. */
  async #setAside(events: readonly EncodedEvent[], signal: AbortSignal): Promise<void> {
    const { deadLetters, reports, config } = this.#options;
    await deliverAll(refusing(config.eventBytesMax), events, {
      ...this.#trying(signal),
      deadLetter: ({ item, error }) => deadLetters.keep(item, error),
      onDeadLetter: ({ error }) => reports.deadLettered(error),
      consecutiveDeadLettersMax: Number.POSITIVE_INFINITY,
    });
  }

  #trying(signal: AbortSignal) {
    const { clock, retry, reports } = this.#options;
    const onRetry = (error: DeliveryError, delayMs: number) => reports.retrying(error, delayMs);
    return { clock, backOff: backOff(retry), signal, onRetry };
  }

  status(): OutputStatus {
    const trouble = this.#options.deadLetters.trouble();
    if (trouble !== undefined) return { ready: false, reason: trouble, hosts: this.#sink.status().hosts };
    const { connected, host, reason, hosts } = this.#sink.status();
    // A receiver may close what is idle; it is not gone for that.
    if (connected || hosts.some(({ idle }) => idle)) return { ready: true, hosts };
    return { ready: false, reason: reason ?? `not connected to ${host} yet`, hosts };
  }

  async stop(): Promise<void> {
    this.#tls?.stop();
    await this.#connection.stop();
    await this.#sink.stop();
    await this.#options.deadLetters.close();
  }
}

/** Takes no event, for all of them are too large. */
function refusing(eventBytesMax: number): Sink<EncodedEvent> {
  const nothing = () => Promise.resolve();
  const refuse = (event: EncodedEvent | undefined) =>
    new DeliveryError(
      "GATELOG_TAILER_EVENT_OVERSIZED",
      `an event has ${event?.json.length} bytes, over output.lumberjack.eventBytesMax (${eventBytesMax})`,
      { permanent: true },
    );
  return { start: nothing, stop: nothing, write: ([event]) => Promise.reject(refuse(event)) };
}

function verificationOf({ verification, serverName, minVersion }: NonNullable<LumberjackConfig["tls"]>) {
  return { verification, minVersion, ...(serverName === undefined ? {} : { serverName }) };
}

/** The wire knows no refusal of one event: every failure of it is transient. */
function neverDeadLetter(rejected: RejectedItem<EncodedWindow>): Promise<void> {
  return Promise.reject(rejected.error);
}
