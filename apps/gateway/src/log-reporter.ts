import type { Clock } from "@gatelog/pipeline";
import type { Logger } from "@gatelog/service-kit";
import type { SpaceEvent } from "./free-space.ts";
import type { CompressEvent } from "./log-compressor.ts";
import type { LogEvent, Pressure } from "./log-writer.ts";
import type { Metrics } from "./metrics.ts";
import type { RoutesEvent } from "./routes-directory.ts";

/** Repeated trouble is logged at most this often; every case is counted. */
const repeatMs = 10_000;

const spaceMessages: Readonly<Record<Pressure, string>> = {
  none: "the disk of log.dir has room again",
  shed: "the disk of log.dir has less than log.freeBytesMin free: records go without bodies",
  refuse: "the disk of log.dir has less than half of log.freeBytesMin free: calls are refused",
  full: "the disk of log.dir is full",
};

/** Where reports go. */
export interface LogReporterOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Counts and logs what the log files and the routes files report. */
export class LogReporter {
  readonly #options: LogReporterOptions;
  readonly #lastMs = new Map<string, number>();

  constructor(options: LogReporterOptions) {
    this.#options = options;
  }

  report(event: LogEvent): void {
    const { logger, metrics } = this.#options;
    if (event.type === "written") {
      metrics.logBytes.inc(event.bytes);
      metrics.logRecords.inc(event.lines);
    } else if (event.type === "failed") {
      metrics.logFailures.inc();
      if (this.#isDue("failed"))
        logger.error({ err: event.error, retryInMs: Math.round(event.retryInMs) }, "the log file cannot be written: trying again");
    } else if (event.type === "dropped") {
      metrics.recordsDropped.inc(event.lines);
      if (this.#isDue("dropped"))
        logger.error({ lines: event.lines }, "records are lost: the disk does not take them and the memory for them is full");
    } else if (event.type === "opened") {
      metrics.logFiles.inc({ reason: event.why });
      const log = event.why === "gone" || event.why === "failed" ? "warn" : "info";
      logger[log]({ path: event.path, why: event.why }, "writing to a new log file");
    } else if (event.type === "kept") {
      if (this.#isDue("kept")) logger.error({ err: event.error }, "no new log file could be made: going on with the current one");
    } else if (event.type === "unsynced") {
      metrics.logSyncFailures.inc();
      logger.error({ path: event.path, err: event.error }, "a log file could not be synced when it was left: its last lines may be lost");
    } else if (event.type === "waiter-failed") {
      if (this.#isDue("waiter-failed"))
        logger.error({ err: event.error }, "a fault of the gateway: an answer whose record is on disk failed");
    } else {
      this.#lastMs.delete("failed");
      logger.info("the log file can be written again");
    }
  }

  reportSpace(event: SpaceEvent): void {
    const { logger, metrics } = this.#options;
    if (event.type === "space-unknown") {
      if (this.#isDue("space")) logger.error({ err: event.error }, "the free space of log.dir cannot be read: the last reading stands");
      return;
    }
    const { pressure, freeBytes } = event;
    metrics.spaceChanges.inc({ pressure });
    logger[pressure === "none" ? "info" : "error"]({ freeBytes }, spaceMessages[pressure]);
  }

  reportCompress(event: CompressEvent): void {
    const { logger, metrics } = this.#options;
    metrics.logFilesCompressed.inc({ result: event.type === "compressed" ? "done" : "failed" });
    if (event.type === "compressed") logger.info(event, "compressed a log file");
    else if (this.#isDue("compress"))
      logger.error({ path: event.path, err: event.error }, "a log file could not be compressed: trying later");
  }

  reportRoutes(event: RoutesEvent): void {
    const { logger, metrics } = this.#options;
    metrics.reloads.inc({ result: event.type });
    if (event.type === "refused")
      logger.error({ file: event.file, reason: event.reason }, "routes file refused, its last good content stays in force");
    else logger.info(event, `routes file ${event.type}`);
  }

  #isDue(what: string): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const lastMs = this.#lastMs.get(what);
    if (lastMs !== undefined && nowMs - lastMs < repeatMs) return false;
    this.#lastMs.set(what, nowMs);
    return true;
  }
}
