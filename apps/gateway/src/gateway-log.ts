import type { Clock } from "@gatelog/pipeline";
import { StartError, type PartReadiness, type WorkerIdentity } from "@gatelog/service-kit";
import type { Config } from "./config.ts";
import { FreeSpace, type ReadFreeBytes } from "./free-space.ts";
import { LogCompressor } from "./log-compressor.ts";
import { LogFiles, type OpenFile } from "./log-files.ts";
import type { LogLock } from "./log-lock.ts";
import type { LogReporter } from "./log-reporter.ts";
import { LogWriter } from "./log-writer.ts";

/** How often the file, its age and the free space are looked at. */
const checkMs = 1000;
const compressCheckMs = 60_000;

/** The machine's disk, or what a test puts in its place. */
export interface Disk {
  readonly openFile?: OpenFile | undefined;
  readonly readFreeBytes?: ReadFreeBytes | undefined;
}

/** What the log of one worker is made of. */
export interface GatewayLogOptions extends Disk {
  readonly config: Pick<Config, "log" | "name">;
  readonly worker: WorkerIdentity;
  readonly boot: string;
  /** Held as long as the log is open. */
  readonly lock: LogLock;
  readonly reporter: LogReporter;
  readonly clock: Clock;
}

/** The log files of one worker: the writer, and who looks after its files and their disk. */
export class GatewayLog {
  readonly writer: LogWriter;
  readonly space: FreeSpace;
  readonly #options: GatewayLogOptions;
  readonly #compressor: LogCompressor | undefined;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(options: GatewayLogOptions) {
    const { config, boot, reporter, clock } = options;
    const { dir, rotateBytesMax, rotateAgeMs, pendingBytesMax, freeBytesMin } = config.log;
    this.#options = options;
    this.space = new FreeSpace({ dir, freeBytesMin, read: options.readFreeBytes, onEvent: (event) => reporter.reportSpace(event) });
    const onUnsynced = (path: string, error: unknown) => reporter.report({ type: "unsynced", path, error });
    const files = new LogFiles({ dir, gateway: config.name, boot, onUnsynced }, options.openFile);
    this.writer = new LogWriter({
      files,
      rotateBytesMax,
      rotateAgeMs: rotateAgeMs ?? undefined,
      pendingBytesMax,
      space: this.space,
      clock,
      onEvent: (event) => reporter.report(event),
    });
    this.#compressor = createCompressor(options, () => files.path);
  }

  /** Opens the first file and looks at the disk. **Errors**: StartError. */
  async start(): Promise<void> {
    const { dir } = this.#options.config.log;
    await this.writer.start().catch((cause: unknown) => {
      throw new StartError(`log.dir: cannot make a log file in ${dir}: ${String(cause)}`, { cause });
    });
    await this.space.check();
    this.#every(checkMs, () => this.writer.check());
    this.#every(checkMs, () => this.space.check());
    const compressor = this.#compressor;
    if (compressor === undefined) return;
    void compressor.check();
    this.#every(compressCheckMs, () => compressor.check());
  }

  /** Writes what waits, closes, and gives the directory free. Rejects as `LogWriter.stop` does. */
  async stop(signal: AbortSignal): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    try {
      await this.#compressor?.stop();
      await this.writer.stop(signal);
    } finally {
      await this.#options.lock.release();
    }
  }

  readiness(): PartReadiness {
    const reason = this.#reason();
    return reason === undefined ? { name: "log", ready: true } : { name: "log", ready: false, reason };
  }

  #reason(): string | undefined {
    const { failure, pressure, pendingBytes } = this.writer;
    if (failure !== undefined) return `the log file cannot be written: ${failure instanceof Error ? failure.message : "unknown error"}`;
    const { freeBytesMin } = this.#options.config.log;
    if (this.space.pressure !== "none")
      return `the disk of log.dir has ${this.space.freeBytes} bytes free, log.freeBytesMin is ${freeBytesMin}`;
    return pressure === "none" ? undefined : `${pendingBytes} bytes of records wait for the disk`;
  }

  #every(intervalMs: number, check: () => Promise<void>): void {
    this.#timers.push(setInterval(() => void check(), intervalMs).unref());
  }
}

function createCompressor({ config, worker, clock, reporter }: GatewayLogOptions, currentPath: () => string): LogCompressor | undefined {
  const { dir, gzip } = config.log;
  if (gzip === null) return undefined;
  return new LogCompressor({
    dir,
    gateway: config.name,
    worker,
    currentPath,
    afterMs: gzip.afterMs,
    clock,
    onEvent: (event) => reporter.reportCompress(event),
  });
}
