import { hostname } from "node:os";
import { createFileTail, type FileTail, FileTailError, type LineBatch } from "@gatelog/file-tail";
import { DeliveryError } from "@gatelog/pipeline";
import { type App, type AppContext, ensureWritableDirectory, type PartReadiness, StartError } from "@gatelog/service-kit";
import { tailInputOf } from "./config/input.ts";
import type { Config } from "./config.ts";
import { EventEncoder } from "./event-encoder.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createOutput } from "./outputs/create-output.ts";
import type { Output } from "./outputs/output.ts";
import { Reports } from "./reports.ts";
import { StallWatch } from "./stall-watch.ts";

export interface TailerOptions {
  /** Delivers what is there, to its end, and stops. */
  readonly once?: boolean;
}

/** Wires the tailer: files → lines with their places → events with their identity → receiver; offsets move on its ACK. */
export async function createTailer(context: AppContext<Config>, options: TailerOptions = {}): Promise<App> {
  const { config, clock, logger } = context;
  const metrics = createMetrics(context.metrics);
  const reports = new Reports(logger, metrics);
  const output = await createOutput(config, { encoder: createEncoder(context), clock, reports });
  return new Tailer(context, { ...options, metrics, reports, output });
}

interface TailerParts extends TailerOptions {
  readonly metrics: Metrics;
  readonly reports: Reports;
  readonly output: Output;
}

class Tailer implements App {
  readonly #context: AppContext<Config>;
  readonly #parts: TailerParts;
  readonly #metrics: Metrics;
  readonly #output: Output;
  readonly #tail: FileTail;
  readonly #stall: StallWatch;
  readonly #givingUp = new AbortController();
  #inFlightEvents = 0;

  constructor(context: AppContext<Config>, parts: TailerParts) {
    const { config, clock } = context;
    this.#context = context;
    this.#parts = parts;
    this.#metrics = parts.metrics;
    this.#output = parts.output;
    this.#tail = createFileTail({
      inputs: config.inputs.map(tailInputOf),
      registryDir: config.registryDir,
      limits: limitsOf(config),
      hints: config.scan.hints,
      clock,
      onEvent: (event) => parts.reports.file(event),
    });
    this.#stall = new StallWatch({
      clock,
      stallMs: config.stallMs,
      inFlightEvents: () => this.#inFlightEvents,
      scans: () => this.#tail.status().scans,
    });
    this.#metrics.observe(() => ({
      ...this.#tail.status(),
      inFlightEvents: this.#inFlightEvents,
      isOutputReady: this.#output.status().ready,
    }));
  }

  async start(): Promise<void> {
    await ensureWritableDirectory(this.#context.config.registryDir, "registryDir");
    await this.#output.start();
    try {
      await this.#tail.start((lines) => this.#deliver(lines));
    } catch (error) {
      if (error instanceof FileTailError) throw new StartError(`registryDir: ${error.message}`, { cause: error });
      throw error;
    }
    if (this.#parts.once === true) void this.#stopAtEnd();
  }

  /** What is there is delivered without haste; the stop then finds nothing more to do. */
  async #stopAtEnd(): Promise<void> {
    await this.#tail.readToEnd();
    this.#context.requestStop("everything that was there is delivered");
  }

  async stop(signal: AbortSignal): Promise<void> {
    const giveUp = () => this.#givingUp.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    await this.#tail.stop();
    await this.#output.stop();
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
    const { ready, reason } = this.#output.status();
    return [
      readinessOf("files", scanProblem),
      readinessOf("registry", registryProblem),
      readinessOf("output", ready ? undefined : (reason ?? "not ready")),
      readinessOf("progress", this.#stall.problem()),
    ];
  }

  async #deliver(lines: LineBatch): Promise<void> {
    const { count, bytes } = lines;
    this.#metrics.linesRead.inc(count);
    this.#metrics.bytesRead.inc(bytes);
    this.#inFlightEvents += count;
    try {
      await this.#output.deliver(lines, this.#givingUp.signal);
    } finally {
      this.#inFlightEvents -= count;
    }
    this.#stall.noteDelivery();
    this.#metrics.eventsDelivered.inc(count);
    this.#metrics.batchesDelivered.inc();
  }
}

function createEncoder({ config, version }: AppContext<Config>): EventEncoder {
  const inputs = new Map(config.inputs.map((input) => [input.id, input]));
  return new EventEncoder({
    name: config.name ?? hostname(),
    version,
    beat: "lumberjack" in config.output ? config.output.lumberjack.beat : "gatelog-tailer",
    windowsMax: config.batch.underWayMax,
    inputFieldsOf: (id) => inputs.get(id) ?? {},
    seedTimeZoneOf: (id) => inputs.get(id)?.seedTimeZone ?? "UTC",
  });
}

function readinessOf(name: string, reason: string | undefined): PartReadiness {
  return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
}

function limitsOf({ batch, limits, scan, close, copyWaitMs, cleanRemovedMs, registryFlushMs }: Config) {
  return {
    lineBytesMax: limits.lineBytesMax,
    openFilesMax: limits.openFilesMax,
    filesMax: limits.filesMax,
    deletedBytesMax: limits.deletedBytesMax,
    batchLinesMax: batch.linesMax,
    batchBytesMax: batch.bytesMax,
    deliveriesMax: batch.underWayMax,
    scanIntervalMs: scan.intervalMs,
    pollIntervalMsMin: scan.pollMinMs,
    pollIntervalMsMax: scan.pollMaxMs,
    closeInactiveMs: close.inactiveMs,
    closeRemovedMs: close.removedMs,
    copyWaitMs,
    cleanRemovedMs,
    registryFlushMs,
  };
}
