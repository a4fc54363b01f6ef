import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import { createFileTail, type FileTail, FileTailError, type FileTailEvent, type LineBatch } from "@gatelog/file-tail";
import { DeliveryError } from "@gatelog/pipeline";
import { type App, type AppContext, ensureWritableDirectory, type PartReadiness, StartError } from "@gatelog/service-kit";
import { tailInputOf } from "./config/input.ts";
import { tailLimitsOf } from "./config/tail-limits.ts";
import type { Config } from "./config.ts";
import type { TailerErrorCode } from "./errors.ts";
import { EventEncoder } from "./event-encoder.ts";
import { InFlight } from "./in-flight.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createOutput } from "./outputs/create-output.ts";
import type { Output } from "./outputs/output.ts";
import { OverlapWatch } from "./overlap-watch.ts";
import { Reports } from "./reports.ts";
import { StallWatch } from "./stall-watch.ts";

export interface TailerOptions {
  /** Delivers what is there, to its end, and stops; also when nothing is acknowledged for `shutdownDeadlineMs`. */
  readonly once?: boolean;
}

/** Wires the tailer: files → lines with their places → events with their identity → receiver; offsets move on its ACK. */
export async function createTailer(context: AppContext<Config>, options: TailerOptions = {}): Promise<App> {
  const { config, clock, logger } = context;
  const metrics = createMetrics(context.metrics);
  const reports = new Reports(logger, metrics);
  const givingUp = new AbortController();
  // Every delivery under way listens, and there are at most batch.underWayMax of them.
  setMaxListeners(0, givingUp.signal);
  const giveUp = (reason: string) => {
    givingUp.abort();
    context.requestStop(reason);
  };
  const output = await createOutput(config, { encoder: createEncoder(context), clock, reports, giveUp });
  return new Tailer(context, { ...options, metrics, reports, output, givingUp, giveUp });
}

/** What was not read, or not to its end. */
const unread = new Set<FileTailEvent["type"]>(["readFailed", "compressedDamaged", "fileLost"]);

interface TailerParts extends TailerOptions {
  readonly metrics: Metrics;
  readonly reports: Reports;
  readonly output: Output;
  /** Aborted when nothing further can be delivered. */
  readonly givingUp: AbortController;
  readonly giveUp: (reason: string) => void;
}

class Tailer implements App {
  readonly #context: AppContext<Config>;
  readonly #parts: TailerParts;
  readonly #tail: FileTail;
  readonly #inFlight: InFlight;
  readonly #stall: StallWatch;
  readonly #overlaps: OverlapWatch;
  #hasUnread = false;

  constructor(context: AppContext<Config>, parts: TailerParts) {
    const { config, clock } = context;
    this.#context = context;
    this.#parts = parts;
    this.#inFlight = new InFlight(clock);
    this.#overlaps = new OverlapWatch(config.inputs);
    this.#tail = createFileTail({
      inputs: config.inputs.map(tailInputOf),
      registryDir: config.registryDir,
      limits: tailLimitsOf(config),
      hints: config.scan.hints,
      clock,
      onEvent: (event) => this.#onFileEvent(event),
    });
    this.#stall = new StallWatch({
      clock,
      stallMs: parts.once === true ? config.shutdownDeadlineMs : config.stallMs,
      scanIntervalMs: config.scan.intervalMs,
      inFlight: this.#inFlight,
      scans: () => this.#tail.status().scans,
      onChange: (problem) => this.#onStall(problem),
    });
    parts.metrics.observe(() => this.#liveValues());
  }

  async start(): Promise<void> {
    await ensureWritableDirectory(this.#context.config.registryDir, "registryDir");
    await this.#parts.output.start();
    try {
      await this.#tail.start((lines) => this.#deliver(lines));
    } catch (error) {
      await this.#parts.output.stop();
      if (error instanceof FileTailError) throw new StartError(error.message, { key: "registryDir", cause: error });
      throw error;
    }
    this.#stall.start();
    if (this.#parts.once === true) void this.#stopAtEnd();
  }

  async stop(signal: AbortSignal): Promise<void> {
    const { givingUp, output } = this.#parts;
    const giveUp = () => givingUp.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      await this.#tail.stop();
    } finally {
      this.#stall.stop();
      await output.stop();
    }
    if (this.#tail.status().hasUndelivered)
      throw failure("GATELOG_TAILER_UNDELIVERED", "not everything was acknowledged; the next start sends it again");
    if (this.#hasUnread) throw failure("GATELOG_TAILER_UNREAD", "not everything could be read; see the log");
  }

  readiness(): readonly PartReadiness[] {
    const { scanProblem, registryProblem, passProblem } = this.#tail.status();
    const { ready, reason } = this.#parts.output.status();
    return [
      readinessOf("files", scanProblem),
      readinessOf("registry", registryProblem),
      readinessOf("reading", passProblem),
      readinessOf("output", ready ? undefined : (reason ?? "not ready")),
      readinessOf("progress", this.#stall.problem),
    ];
  }

  async #deliver(lines: LineBatch): Promise<void> {
    const { metrics, output, givingUp } = this.#parts;
    const { count, bytes } = lines;
    metrics.linesRead.inc(count);
    metrics.bytesRead.inc(bytes);
    const delivered = await this.#inFlight.track(count, () => output.deliver(lines, givingUp.signal));
    metrics.eventsDelivered.inc(delivered);
    metrics.batchesDelivered.inc();
  }

  /** What is there is delivered without haste; the stop then finds nothing more to do. */
  async #stopAtEnd(): Promise<void> {
    await this.#tail.readToEnd();
    const { scanProblem, waitingFiles } = this.#tail.status();
    this.#hasUnread ||= scanProblem !== undefined || waitingFiles > 0;
    this.#context.requestStop("everything that was there is delivered");
  }

  #onFileEvent(event: FileTailEvent): void {
    const { reports, once } = this.#parts;
    reports.file(event);
    if (unread.has(event.type) && once === true) this.#hasUnread = true;
    if (event.type !== "fileFound") return;
    const inputs = this.#overlaps.inputsOf(event.path);
    if (inputs !== undefined) reports.inputsOverlap(event.path, inputs);
  }

  #onStall(problem: string | undefined): void {
    const { reports, once, giveUp } = this.#parts;
    reports.stalled(problem);
    // Nobody waits for the receiver of a one-shot job to come back.
    if (once === true && problem !== undefined) giveUp(problem);
  }

  #liveValues() {
    const { ready, hosts = [] } = this.#parts.output.status();
    return {
      ...this.#tail.status(),
      inFlightEvents: this.#inFlight.events,
      oldestInFlightMs: this.#inFlight.oldestMs,
      isOutputReady: ready,
      isStalled: this.#stall.problem !== undefined,
      hosts,
    };
  }
}

function createEncoder({ config, version }: AppContext<Config>): EventEncoder {
  const inputs = new Map(config.inputs.map((input) => [input.id, input]));
  return new EventEncoder({
    name: config.name ?? hostname(),
    version,
    beat: "lumberjack" in config.output ? config.output.lumberjack.beat : "gatelog-tailer",
    windowsMax: config.batch.underWayMax,
    ...("lumberjack" in config.output ? { eventBytesMax: config.output.lumberjack.eventBytesMax } : {}),
    inputFieldsOf: (id) => inputs.get(id) ?? {},
    seedTimeZoneOf: (id) => inputs.get(id)?.seedTimeZone ?? "UTC",
  });
}

function failure(code: TailerErrorCode, message: string): DeliveryError {
  return new DeliveryError(code, message, { permanent: false });
}

function readinessOf(name: string, reason: string | undefined): PartReadiness {
  return reason === undefined ? { name, ready: true } : { name, ready: false, reason };
}
