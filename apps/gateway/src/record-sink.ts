import { formatSeed, type LogRecord } from "@gatelog/log-record";
import type { CallMetrics } from "./call-metrics.ts";
import type { Exchange } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";
import type { LogWriter } from "./log-writer.ts";
import type { RecordLines } from "./record-line.ts";

/** Where the records of calls go. */
export interface RecordSinkOptions {
  readonly lines: RecordLines;
  /** From a line in format v1 to the one that is written. */
  readonly format: (line: string) => string;
  readonly writer: LogWriter;
  readonly ledger: Ledger;
  readonly calls: CallMetrics;
  /** A record goes without its bodies, for the disk is behind. */
  readonly onShed: () => void;
}

/** Records of calls that have ended are made together, so many at once, or after so long. */
const gatheredMax = 16;
const gatherMs = 5;
/** Bodies of about this much are read in one turn: a record of two large ones takes milliseconds. */
const sliceBytesMax = 131_072;

/**
 * Makes the record of each call that has ended and hands its line to the writer; counts the call.
 *
 * Records are made in batches: between two answers each would be made with cold caches, which takes four times as long, and would
 * keep the next answer waiting.
 */
export class RecordSink {
  readonly #options: RecordSinkOptions;
  #gathered: Exchange[] = [];
  #timer: NodeJS.Timeout | undefined;
  #slicing: NodeJS.Immediate | undefined;
  #waiting = 0;

  constructor(options: RecordSinkOptions) {
    this.#options = options;
  }

  /** The call has ended; its record follows within `gatherMs`. */
  end(exchange: Exchange): void {
    this.#ended(exchange);
    this.#gathered.push(exchange);
    if (this.#slicing !== undefined) return;
    if (this.#gathered.length >= gatheredMax) this.#slice();
    else this.#timer ??= setTimeout(() => this.#slice(), gatherMs);
  }

  /** Audited calls whose records are on their way to the disk. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Makes the records of all calls that have ended; before a mark, and before the writer stops. */
  flush(): void {
    this.#make(Number.POSITIVE_INFINITY);
  }

  /** Makes records of about `sliceBytesMax`, and goes on in the next turn. */
  #slice(): void {
    this.#make(sliceBytesMax);
    if (this.#gathered.length > 0) this.#slicing = setImmediate(() => this.#slice());
  }

  #make(bytesMax: number): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#slicing);
    this.#timer = undefined;
    this.#slicing = undefined;
    const gathered = this.#gathered;
    let bytes = 0;
    let count = 0;
    while (count < gathered.length && bytes < bytesMax) {
      const exchange = gathered[count++]!;
      bytes += exchange.requestBody.keptBytes + exchange.responseBody.keptBytes;
      this.#options.writer.append(this.#line(exchange));
      exchange.release();
    }
    this.#gathered = count === gathered.length ? [] : gathered.slice(count);
  }

  /** The call's answer is ready to end: `send` ends it when its record is on disk. Where that cannot be, the connection is broken off. */
  audit(exchange: Exchange, send: () => void): void {
    const isTaken = this.#options.writer.appendDurable(this.#line(exchange), () => {
      this.#waiting -= 1;
      send();
    });
    this.#ended(exchange);
    if (isTaken) this.#waiting += 1;
    else {
      exchange.isLost = true;
      exchange.socket.resetAndDestroy();
    }
  }

  #line(exchange: Exchange): string {
    const { lines, format, writer, onShed } = this.#options;
    const isShed = writer.pressure !== "none";
    if (isShed) {
      shed(exchange);
      onShed();
    }
    const line = format(lines.of(exchange));
    if (!isShed) shed(exchange);
    return line;
  }

  #ended(exchange: Exchange): void {
    this.#options.ledger.ended();
    this.#options.calls.count(exchange);
  }
}

/** Gives the memory of the bodies back. */
function shed({ requestBody, responseBody }: Exchange): void {
  requestBody.shed();
  responseBody.shed();
}

/** The seven fields of the original, from a line of the whole record. */
export function seedFormat(timeZone: string): (line: string) => string {
  return (line) => formatSeed(JSON.parse(line) as LogRecord, { timeZone });
}
