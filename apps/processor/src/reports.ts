import { LumberjackError, type LumberjackServerEvent } from "@gatelog/lumberjack";
import type { SegmentLogEvent } from "@gatelog/segment-log";
import type { Logger } from "@gatelog/service-kit";
import type { Metrics } from "./metrics.ts";

/** What a part of the processor has to say. */
export interface Report {
  readonly code: string;
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly error?: unknown;
}

/** What may go wrong with event after event is told at most this often; it is counted each time. */
const tellAgainMs = 10_000;

const partingWords = { disconnected: "disconnected", handshakeFailed: "refused in its handshake", refused: "refused" } as const;

/** Turns the parts' events into log lines and counts. */
export class Reports {
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #toldAtMs = new Map<string, number>();

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger;
    this.#metrics = metrics;
  }

  say({ code, level, message, error }: Report, where: Readonly<Record<string, unknown>>): void {
    this.#logger[level](error === undefined ? { code, ...where } : { code, ...where, err: error }, message);
  }

  /** An event of a segment log. */
  log(event: SegmentLogEvent, where: Readonly<Record<string, unknown>>): void {
    if (event.recordsLost !== undefined) this.#metrics.recordsLost.inc(event.recordsLost);
    const code = event.type === "full" ? "GATELOG_PROCESSOR_BUFFER_FULL" : `segment-log ${event.type}`;
    const { level, message, error, offset, bytes } = event;
    this.say({ code, level, message, error }, { ...where, offset, bytes });
  }

  /** A sender that came, left, was thrown out, or not let in. One that had nothing to send and was closed for that comes again. */
  peer(event: LumberjackServerEvent): void {
    const peer = `${event.peer.address}:${event.peer.port}`;
    if (event.type === "connected" || event.error === undefined) this.#logger.debug({ peer }, event.type);
    else if (isIdle(event.error)) this.#logger.debug({ peer, reason: event.error.message }, "an idle sender was disconnected");
    else this.#logger.warn({ peer, err: event.error }, `a sender was ${partingWords[event.type]}`);
  }

  filterFailed(output: string, filter: string, error: unknown): void {
    this.#metrics.filterErrors.inc({ output, filter });
    const message = `the filter ${filter} failed`;
    this.#sayNowAndThen({ code: "GATELOG_PROCESSOR_FILTER_FAILED", level: "error", message, error }, { output });
  }

  documentRefused(output: string, reason: string): void {
    this.#metrics.documentsMinimal.inc({ output });
    this.#sayNowAndThen({ code: "GATELOG_PROCESSOR_DOCUMENT_MINIMAL", level: "warn", message: reason }, { output });
  }

  framesWithoutLine(frames: number): void {
    this.#metrics.framesWithoutLine.inc(frames);
    const message = "a sender's frames are no JSON or have no message; their bytes are kept as lines";
    this.#sayNowAndThen({ code: "GATELOG_PROCESSOR_NO_LINE", level: "warn", message }, { frames });
  }

  #sayNowAndThen(report: Report, where: Readonly<Record<string, string | number>>): void {
    const key = `${report.code} ${where["output"]}`;
    const nowMs = performance.now();
    if (nowMs - (this.#toldAtMs.get(key) ?? -Infinity) < tellAgainMs) return;
    this.#toldAtMs.set(key, nowMs);
    this.say(report, where);
  }
}

function isIdle(error: unknown): error is LumberjackError {
  return error instanceof LumberjackError && error.code === "GATELOG_LUMBERJACK_INACTIVE";
}
