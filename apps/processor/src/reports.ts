import type { FileTailEvent } from "@gatelog/file-tail";
import { LumberjackError, type LumberjackServerEvent } from "@gatelog/lumberjack";
import type { SegmentLogEvent } from "@gatelog/segment-log";
import type { Metrics } from "./metrics.ts";

/** What a part of the processor has to say. */
export interface Report {
  readonly code: string;
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly error?: unknown;
}

/** As much of a logger as the reports need. */
export type ReportsLogger = Readonly<Record<"debug" | "info" | "warn" | "error", (about: object, message: string) => void>>;

/** What may go wrong with event after event is told at most this often; it is counted each time. */
/** Different reports that are remembered. */
const toldMax = 1000;
const tellAgainMs = 10_000;

const partingWords = { disconnected: "disconnected", handshakeFailed: "refused in its handshake", refused: "refused" } as const;

/** Turns the parts' events into log lines and counts. */
export class Reports {
  readonly #logger: ReportsLogger;
  readonly #metrics: Metrics;
  readonly #toldAtMs = new Map<string, number>();

  constructor(logger: ReportsLogger, metrics: Metrics) {
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
  peer(input: string, event: LumberjackServerEvent): void {
    const peer = `${event.peer.address}:${event.peer.port}`;
    if (event.type === "connected" || event.error === undefined) return this.#logger.debug({ peer }, event.type);
    const { type, error } = event;
    if (isIdle(error)) return this.#logger.debug({ peer, reason: error.message }, "an idle sender was disconnected");
    const code = error instanceof LumberjackError ? error.code : "GATELOG_LUMBERJACK_DISCONNECTED";
    this.#metrics.sendersDisconnected.inc({ input, code });
    // Whoever sends nonsense may come a thousand times a second.
    return this.#sayNowAndThen(
      { code, level: "warn", message: `a sender was ${partingWords[type]}`, error },
      { input, peer },
      reasonOf(error),
    );
  }

  /** A request that was not answered with 200. What is only for a while is told in the answer alone. */
  httpRefused(input: string, status: number, error: unknown): void {
    this.#metrics.requestsRefused.inc({ input, status });
    const reason = error instanceof Error ? error.message : String(error);
    const level = status < 500 && status !== 429 ? "warn" : "info";
    const message = `a request was answered with ${status}: ${reason}`;
    this.#sayNowAndThen({ code: "GATELOG_PROCESSOR_HTTP_REFUSED", level, message }, { input, status });
  }

  /** What happened to a file. */
  file(input: string, event: FileTailEvent): void {
    if (event.type === "fileLost") this.#metrics.fileBytesLost.inc({ input }, event.unreadBytes);
    if (event.type === "lineOverlong") this.#metrics.fileLinesCut.inc({ input });
    const { type, ...details } = event;
    const message = fileMessages[type];
    if (message === undefined) this.#logger.debug({ input, ...details }, type);
    else
      this.#sayNowAndThen(
        { code: "GATELOG_PROCESSOR_FILE", level: "warn", message, ...withError(event) },
        { ...pathOf(event), input, type },
      );
  }

  stdinLost(input: string, lines: number, error: unknown): void {
    this.#metrics.stdinLinesLost.inc({ input }, lines);
    const message = "lines of standard input were read and could not be stored before the stop";
    this.say({ code: "GATELOG_PROCESSOR_STDIN", level: "error", message, error }, { input, lines });
  }

  tlsReloaded(input: string): void {
    this.say({ code: "GATELOG_PROCESSOR_TLS_RELOADED", level: "info", message: "changed certificates are in use" }, { input });
  }

  tlsUnusable(input: string, error: unknown): void {
    const message = `changed certificates cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    this.say({ code: "GATELOG_PROCESSOR_TLS_UNUSABLE", level: "warn", message }, { input });
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

  topicNameRefused(output: string, reason: string): void {
    this.#metrics.topicNamesRefused.inc({ output });
    const message = `an event goes to the output's own topic: ${reason}`;
    this.#sayNowAndThen({ code: "GATELOG_PROCESSOR_TOPIC_NAME_REFUSED", level: "warn", message }, { output });
  }

  framesWithoutLine(input: string, frames: number): void {
    this.#metrics.framesWithoutLine.inc(frames);
    const message = "a sender's frames are no JSON or have no message; their bytes are kept as lines";
    this.#sayNowAndThen({ code: "GATELOG_PROCESSOR_NO_LINE", level: "warn", message }, { input, frames });
  }

  /** A foreign line, or its fields, that masking would take too long over. */
  maskingOmitted(): void {
    this.#metrics.maskingOmitted.inc();
    const message = "lines or fields longer than masking.charsMax were omitted, for masking them could hold up all others";
    this.#sayNowAndThen({ code: "GATELOG_PROCESSOR_MASKING_OMITTED", level: "warn", message }, {});
  }

  /** Of one code those are told apart that have another `reason`. */
  #sayNowAndThen(report: Report, where: Readonly<Record<string, string | number>>, reason = ""): void {
    const key = [report.code, where["output"] ?? where["input"], where["type"] ?? where["status"], reason].join(" ");
    const nowMs = performance.now();
    if (nowMs - (this.#toldAtMs.get(key) ?? -Infinity) < tellAgainMs) return;
    if (this.#toldAtMs.size >= toldMax) this.#toldAtMs.clear();
    this.#toldAtMs.set(key, nowMs);
    this.say(report, where);
  }
}

/** What a TLS library adds in brackets is another text each time. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split(" (")[0] ?? "") : "";
}

/** What is worth a log line; everything else of a file is for debugging. */
const fileMessages: Partial<Record<FileTailEvent["type"], string>> = {
  fileTruncated: "a file became shorter; it is read from its beginning",
  fileReplaced: "a file holds other content than before; it is read from its beginning",
  fileLost: "a file vanished before it was read to its end",
  lineOverlong: "a line is longer than lineBytesMax; its beginning was taken",
  compressedDamaged: "a compressed file cannot be inflated to its end; it is left alone until it changes",
  readFailed: "a file cannot be read; it is tried again",
  scanFailed: "a directory cannot be looked at; its files count as unknown",
  hintFailed: "the kernel's notifications failed; files are found by polling",
  registryDamaged: "the registry was damaged; it was restored from what was intact",
  registryWriteFailed: "the registry cannot be written; it is tried again",
  registryFull: "the registry is full; new files wait",
  passFailed: "reading failed; it is tried again",
};

function pathOf(event: FileTailEvent): { readonly path?: string } {
  return "path" in event ? { path: event.path } : {};
}

function withError(event: FileTailEvent): { readonly error?: unknown } {
  return "error" in event ? { error: event.error } : {};
}

function isIdle(error: unknown): error is LumberjackError {
  return error instanceof LumberjackError && error.code === "GATELOG_LUMBERJACK_INACTIVE";
}
