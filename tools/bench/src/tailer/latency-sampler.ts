import { percentile, rounded } from "../statistics.ts";
import { findSentAt, readSentAt } from "./sent-at.ts";

/** From the moment before a line was written to the moment in which it was counted. **Units**: ms */
export interface Latency {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Takes the latency of every so manyth line. */
export class LatencySampler {
  readonly #every: number;
  readonly #latenciesMs: number[] = [];
  #next: number;

  /** `from`: the number of the first line that is looked at, behind those of the warm-up. */
  constructor(options: { readonly every: number; readonly from: number }) {
    this.#every = options.every;
    this.#next = options.from;
  }

  /** Whether the line with this number is due; after one that could not be looked at, the next one is. */
  isDue(line: number): boolean {
    return line >= this.#next;
  }

  /** Looks at a line that is due. **Errors**: when it holds no time. */
  take(line: number, bytes: Buffer, from: number, to: number): void {
    const at = findSentAt(bytes, from, to);
    if (at === -1) throw new Error(`line ${line} holds no time: ${bytes.toString("utf8", from, Math.min(to, from + 1000))}`);
    this.#latenciesMs.push(Date.now() - readSentAt(bytes, at));
    this.#next = line + this.#every;
  }

  /** Undefined when nothing was sampled. */
  summary(): Latency | undefined {
    const all = this.#latenciesMs;
    if (all.length === 0) return undefined;
    const at = (share: number) => rounded(percentile(all, share), 1);
    return { samples: all.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }
}
