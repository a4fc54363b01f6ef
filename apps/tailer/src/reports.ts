import type { FileTailEvent } from "@gatelog/file-tail";
import type { LumberjackClientEvent } from "@gatelog/lumberjack";
import type { TopicEvent } from "@gatelog/topic";
import { codeOf, type Logger } from "@gatelog/service-kit";
import type { TailerErrorCode } from "./errors.ts";
import type { Metrics } from "./metrics.ts";

/** What may happen again and again is logged at most this often for each code and path; it is counted each time. */
const tellAgainMs = 10_000;
/** Paths that one code names within that time. What is left out is a number in the code's next line. */
const pathsToldMax = 20;

/** What was said of one code lately. */
interface Told {
  readonly sinceMs: number;
  readonly paths: Set<unknown>;
  leftOut: number;
}

/** Turns the parts' events into log lines and counts. */
export class Reports {
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #told = new Map<string, Told>();
  readonly #reached = new Set<string>();
  #isRetrying = false;

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger;
    this.#metrics = metrics;
  }

  /** An event of the files or of the registry. */
  file(event: FileTailEvent): void {
    const { type, ...details } = event;
    if (type === "fileFound") this.#metrics.filesFound.inc();
    const report = fileReports[type];
    report?.count(this.#metrics, event);
    if (report === undefined) this.#logger.debug(details, type);
    else if (report.isEachTold === true) this.#say(report.level, report.code, details, report.message);
    else this.#sayNowAndThen(report.level, report.code, details, report.message);
  }

  /** An event of the connection. One that ends while nothing is under way, and the next one, are nothing to be told of. */
  connection(event: LumberjackClientEvent): void {
    const { host } = event;
    if (event.type === "connectFailed") this.#metrics.connectFailures.inc({ host });
    if (event.type === "connected") {
      this.#logger[this.#reached.has(host) ? "debug" : "info"]({ host }, "connected to the receiver");
      this.#reached.add(host);
    } else if (event.error === undefined) {
      this.#logger.debug({ host }, "the receiver closed a connection on which nothing was under way");
    } else {
      this.#reached.delete(host);
      if (event.type === "disconnected") this.#disconnected(host, event.error);
    }
  }

  /** An event of the topic that lines go to. */
  topic({ code, level, message, error }: TopicEvent): void {
    this.#logger[level]({ code, ...(error === undefined ? {} : { err: error }) }, message);
  }

  tlsReloaded(): void {
    this.#metrics.tlsReloads.inc();
    this.#logger.info({ code: "GATELOG_TAILER_TLS_RELOADED" }, "certificates were changed; new connections use them");
  }

  tlsUnusable(error: unknown): void {
    this.#metrics.tlsFailures.inc();
    this.#logger.error({ code: "GATELOG_TAILER_TLS_UNUSABLE", err: error }, "changed certificates cannot be used; the former ones are");
  }

  /** There is no progress, or there is again. */
  stalled(reason: string | undefined): void {
    if (reason === undefined) this.#logger.info({ code: "GATELOG_TAILER_PROGRESS" }, "the tailer makes progress again");
    else this.#logger.error({ code: "GATELOG_TAILER_STALLED", reason }, "the tailer makes no progress");
  }

  inputsOverlap(path: string, inputs: readonly string[]): void {
    this.#logger.warn({ code: "GATELOG_TAILER_INPUTS_OVERLAP", path, inputs }, "several inputs name a file; the first of them reads it");
  }

  deadLettered(error: Error & { readonly code: string }): void {
    this.#metrics.deadLetters.inc({ code: error.code });
    this.#sayNowAndThen(
      "error",
      "GATELOG_TAILER_DEAD_LETTER",
      { error },
      "the output refused an event for good; it was kept as a dead letter",
    );
  }

  /** Events that have no place in what the output writes. */
  leftOut(count: number): void {
    this.#metrics.eventsLeftOut.inc(count);
  }

  retrying(error: Error & { readonly code: string }, delayMs: number): void {
    this.#isRetrying = true;
    this.#metrics.deliveriesRetried.inc({ code: error.code });
    this.#sayNowAndThen(
      "warn",
      "GATELOG_TAILER_OUTPUT_RETRYING",
      { error, delayMs },
      "the receiver does not take events; they are sent again",
    );
  }

  delivered(): void {
    if (!this.#isRetrying) return;
    this.#isRetrying = false;
    this.#told.delete("GATELOG_TAILER_OUTPUT_RETRYING");
    this.#logger.info({ code: "GATELOG_TAILER_OUTPUT_RECOVERED" }, "the receiver takes events again");
  }

  #disconnected(host: string, error: Error): void {
    this.#sayNowAndThen("warn", "GATELOG_TAILER_OUTPUT_DISCONNECTED", { host, error }, "the connection to the receiver ended");
  }

  #sayNowAndThen(
    level: "info" | "warn" | "error",
    code: TailerErrorCode,
    details: Readonly<Record<string, unknown>>,
    message: string,
  ): void {
    const nowMs = performance.now();
    const before = this.#told.get(code);
    const isRecent = before !== undefined && nowMs - before.sinceMs < tellAgainMs;
    if (isRecent && (before.paths.has(details["path"]) || before.paths.size >= pathsToldMax)) {
      before.leftOut += 1;
      return;
    }
    const told: Told = isRecent ? before : { sinceMs: nowMs, paths: new Set(), leftOut: 0 };
    this.#told.set(code, told);
    told.paths.add(details["path"]);
    const leftOut = before?.leftOut ?? 0;
    told.leftOut = 0;
    this.#say(level, code, leftOut === 0 ? details : { ...details, leftOut }, message);
  }

  #say(level: "info" | "warn" | "error", code: TailerErrorCode, details: Readonly<Record<string, unknown>>, message: string): void {
    const { error, ...rest } = details;
    this.#logger[level](error === undefined ? { code, ...rest } : { code, ...rest, err: error }, message);
  }
}

interface FileReport {
  readonly level: "info" | "warn" | "error";
  readonly code: TailerErrorCode;
  readonly message: string;
  /** Every one has a line of its own: it names what is nowhere else. */
  readonly isEachTold?: boolean;
  readonly count: (metrics: Metrics, event: FileTailEvent) => void;
}

/** What is worth a log line and a count; everything else is for debugging. */
const fileReports: Partial<Record<FileTailEvent["type"], FileReport>> = {
  fileTruncated: {
    level: "warn",
    code: "GATELOG_TAILER_FILE_TRUNCATED",
    message: "a file became shorter; it is read from its beginning",
    count: (metrics) => metrics.filesTruncated.inc(),
  },
  fileReplaced: {
    level: "warn",
    code: "GATELOG_TAILER_FILE_REPLACED",
    message: "a file holds other content than before; it is read from its beginning",
    count: (metrics) => metrics.filesReplaced.inc(),
  },
  fileLost: {
    level: "error",
    code: "GATELOG_TAILER_FILE_LOST",
    message: "a file vanished before it was read to its end",
    isEachTold: true,
    count: (metrics, event) => {
      metrics.filesLost.inc();
      if (event.type === "fileLost") metrics.bytesLost.inc(event.unreadBytes);
    },
  },
  lineOverlong: {
    level: "warn",
    code: "GATELOG_TAILER_LINE_OVERLONG",
    message: "a line is longer than limits.lineBytesMax; its beginning was sent, or it was skipped",
    count: (metrics, event) => {
      if (event.type === "lineOverlong") (event.isSkipped ? metrics.linesSkipped : metrics.linesTruncated).inc();
    },
  },
  copyRecognised: {
    level: "info",
    code: "GATELOG_TAILER_COPY_RECOGNISED",
    message: "a file holds what another one held that is truncated or gone; it is read on from where that one was read to",
    count: (metrics) => metrics.copiesRecognised.inc(),
  },
  compressedFinished: {
    level: "info",
    code: "GATELOG_TAILER_COMPRESSED_FINISHED",
    message: "what was unread of a file that was compressed is delivered from its compressed copy",
    count: (metrics) => metrics.compressedFinished.inc(),
  },
  compressedDamaged: {
    level: "error",
    code: "GATELOG_TAILER_COMPRESSED_DAMAGED",
    message: "a compressed file cannot be inflated to its end; it is left alone until it changes",
    count: (metrics) => metrics.compressedDamaged.inc(),
  },
  fileDeleted: {
    level: "info",
    code: "GATELOG_TAILER_FILE_DELETED",
    message: "a file was deleted after its delivery",
    count: (metrics) => metrics.filesDeleted.inc(),
  },
  deleteFailed: {
    level: "error",
    code: "GATELOG_TAILER_DELETE_FAILED",
    message: "a delivered file cannot be deleted; it is tried again",
    count: (metrics) => metrics.deleteFailures.inc(),
  },
  readFailed: {
    level: "error",
    code: "GATELOG_TAILER_FILE_UNREADABLE",
    message: "a file cannot be read; it is tried again",
    count: (metrics) => metrics.readFailures.inc(),
  },
  scanFailed: {
    level: "warn",
    code: "GATELOG_TAILER_DIRECTORY_UNREADABLE",
    message: "a directory cannot be looked at; its files count as unknown",
    count: (metrics, event) => {
      if (event.type === "scanFailed") metrics.scanFailures.inc({ code: codeOf(event.error) ?? "unknown" });
    },
  },
  hintFailed: {
    level: "warn",
    code: "GATELOG_TAILER_HINT_FAILED",
    message: "the kernel's notifications failed; files are found by polling",
    count: (metrics) => metrics.hintFailures.inc(),
  },
  registryDamaged: {
    level: "error",
    code: "GATELOG_TAILER_REGISTRY_DAMAGED",
    message: "the registry was damaged; it was restored from what was intact",
    count: (metrics) => metrics.registryFailures.inc(),
  },
  registryWriteFailed: {
    level: "error",
    code: "GATELOG_TAILER_REGISTRY_WRITE",
    message: "the registry cannot be written; it is tried again",
    count: (metrics) => metrics.registryFailures.inc(),
  },
  registryFull: {
    level: "error",
    code: "GATELOG_TAILER_REGISTRY_FULL",
    message: "the registry is full; new files wait",
    count: () => {},
  },
  passFailed: {
    level: "error",
    code: "GATELOG_TAILER_PASS_FAILED",
    message: "reading failed; it is tried again",
    count: (metrics) => metrics.readFailures.inc(),
  },
};
