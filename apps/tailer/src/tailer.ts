import { hostname } from "node:os";
import { createFileTail, type FileTail, FileTailError, type TailLine } from "@gatelog/file-tail";
import { createLumberjackSink, type LumberjackSink } from "@gatelog/lumberjack";
import { backOff, deliverAll, DeliveryError, type RejectedItem } from "@gatelog/pipeline";
import { type App, type AppContext, ensureWritableDirectory, type PartReadiness, StartError } from "@gatelog/service-kit";
import type { Config } from "./config.ts";
import { ConnectionKeeper } from "./connection-keeper.ts";
import { EventEncoder } from "./event-encoder.ts";
import { createMetrics } from "./metrics.ts";
import { Reports } from "./reports.ts";

/** Wires the tailer: files → lines with their places → events with their identity → receiver; offsets move on its ACK. */
export function createTailer(context: AppContext<Config>): App {
  return new Tailer(context);
}

class Tailer implements App {
  readonly #context: AppContext<Config>;
  readonly #metrics;
  readonly #reports: Reports;
  readonly #encoder: EventEncoder;
  readonly #sink: LumberjackSink;
  readonly #connection: ConnectionKeeper;
  readonly #tail: FileTail;
  readonly #givingUp = new AbortController();
  #inFlightEvents = 0;

  constructor(context: AppContext<Config>) {
    const { config, clock, version } = context;
    const seedTimeZones = new Map(config.inputs.map(({ id, seedTimeZone }) => [id, seedTimeZone]));
    this.#context = context;
    this.#metrics = createMetrics(context.metrics);
    this.#reports = new Reports(context.logger, this.#metrics);
    this.#encoder = new EventEncoder({
      name: config.name ?? hostname(),
      version,
      seedTimeZoneOf: (input) => seedTimeZones.get(input) ?? "UTC",
    });
    this.#sink = createLumberjackSink({ ...config.output.lumberjack, clock, onEvent: (event) => this.#reports.connection(event) });
    this.#connection = new ConnectionKeeper({ sink: this.#sink, clock, retry: config.retry });
    this.#tail = createFileTail({
      inputs: config.inputs,
      registryDir: config.registryDir,
      limits: limitsOf(config),
      hints: config.scan.hints,
      clock,
      onEvent: (event) => this.#onFileEvent(event),
    });
    this.#metrics.observe(() => ({ ...this.#tail.status(), inFlightEvents: this.#inFlightEvents }));
  }

  async start(): Promise<void> {
    await ensureWritableDirectory(this.#context.config.registryDir, "registryDir");
    await this.#sink.start();
    try {
      await this.#tail.start((lines) => this.#deliver(lines));
    } catch (error) {
      if (error instanceof FileTailError) throw new StartError(`registryDir: ${error.message}`, { cause: error });
      throw error;
    }
    this.#connection.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    const giveUp = () => this.#givingUp.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    await this.#connection.stop();
    await this.#tail.stop();
    await this.#sink.stop();
    if (this.#tail.status().hasUndelivered) {
      throw new DeliveryError(
        "GATELOG_TAILER_UNDELIVERED",
        "not everything was acknowledged by the deadline; the next start sends it again",
        { permanent: false },
      );
    }
  }

  readiness(): readonly PartReadiness[] {
    const { scanProblem, registryProblem } = this.#tail.status();
    const { connected, host, reason } = this.#sink.status();
    return [
      readinessOf("files", scanProblem),
      readinessOf("registry", registryProblem),
      readinessOf("output", connected ? undefined : (reason ?? `not connected to ${host} yet`)),
    ];
  }

  async #deliver(lines: readonly TailLine[]): Promise<void> {
    const { clock, config } = this.#context;
    this.#countRead(lines);
    const events = this.#encoder.encode(lines, new Date(clock.now()).toISOString());
    this.#inFlightEvents += events.length;
    try {
      await deliverAll(this.#sink, events, {
        clock,
        backOff: backOff(config.retry),
        deadLetter: neverDeadLetter,
        signal: this.#givingUp.signal,
        onRetry: (error, delayMs) => this.#reports.retrying(error, delayMs),
      });
    } finally {
      this.#inFlightEvents -= events.length;
    }
    this.#metrics.eventsDelivered.inc(events.length);
    this.#metrics.batchesDelivered.inc();
    this.#reports.delivered();
  }

  #countRead(lines: readonly TailLine[]): void {
    let bytes = 0;
    for (const line of lines) bytes += line.bytes.length;
    this.#metrics.linesRead.inc(lines.length);
    this.#metrics.bytesRead.inc(bytes);
  }

  #onFileEvent(event: Parameters<Reports["file"]>[0]): void {
    if (event.type === "fileFound") this.#metrics.filesFound.inc();
    this.#reports.file(event);
  }
}

/** The wire knows no refusal of one event: every failure of it is transient. */
function neverDeadLetter(rejected: RejectedItem<Uint8Array>): Promise<void> {
  return Promise.reject(rejected.error);
}

function readinessOf(name: string, reason: string | undefined): PartReadiness {
  return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
}

function limitsOf({ batch, limits, scan, close, cleanRemovedMs, registryFlushMs }: Config) {
  return {
    lineBytesMax: limits.lineBytesMax,
    openFilesMax: limits.openFilesMax,
    filesMax: limits.filesMax,
    batchLinesMax: batch.linesMax,
    batchBytesMax: batch.bytesMax,
    deliveriesMax: batch.underWayMax,
    scanIntervalMs: scan.intervalMs,
    pollIntervalMsMin: scan.pollMinMs,
    pollIntervalMsMax: scan.pollMaxMs,
    closeInactiveMs: close.inactiveMs,
    closeRemovedMs: close.removedMs,
    cleanRemovedMs,
    registryFlushMs,
  };
}
