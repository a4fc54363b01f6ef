import type { LumberjackServerEvent } from "@gatelog/lumberjack";
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

/** A filter's failures are told at most this often; they are counted each time. */
const filterTellMs = 10_000;

/** Turns the parts' events into log lines and counts. */
export class Reports {
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #filterToldAtMs = new Map<string, number>();

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
    // What becomes of a cursor without an output is decided, and said, when the buffer is opened.
    if (event.type === "cursor-unlisted") return;
    const code = event.type === "full" ? "GATELOG_PROCESSOR_BUFFER_FULL" : `segment-log ${event.type}`;
    const { level, message, error, offset, bytes } = event;
    this.say({ code, level, message, error }, { ...where, offset, bytes });
  }

  /** A sender that came, left, or was thrown out. */
  peer(event: LumberjackServerEvent): void {
    const { address, port } = event.peer;
    if (event.type === "disconnected" && event.error !== undefined) {
      this.#logger.warn({ peer: `${address}:${port}`, err: event.error }, "a sender was disconnected");
    } else {
      this.#logger.debug({ peer: `${address}:${port}` }, event.type);
    }
  }

  filterFailed(output: string, filter: string, error: unknown): void {
    this.#metrics.filterErrors.inc({ output, filter });
    const nowMs = performance.now();
    if (nowMs - (this.#filterToldAtMs.get(filter) ?? -Infinity) < filterTellMs) return;
    this.#filterToldAtMs.set(filter, nowMs);
    this.say(
      { code: "GATELOG_PROCESSOR_FILTER_FAILED", level: "error", message: `the filter ${filter} failed`, error },
      { output, filter },
    );
  }
}
