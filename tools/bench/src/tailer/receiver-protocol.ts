import type { Latency } from "./latency-sampler.ts";

/** What a sender speaks: Lumberjack 2, plain lines, or one zlib stream of lines. */
export type Protocol = "lumberjack" | "lines" | "zippedLines";

/** A receiver that is in trouble for a while: it neither reads nor acknowledges. */
export interface Stall {
  /** After so many events it does nothing for `pauseMs`, … */
  readonly afterEvents: number;
  readonly pauseMs: number;
  /** … and then waits so long before each ACK, until so many events have come. */
  readonly ackDelayMs: number;
  readonly untilEvents: number;
}

/** The receiver's only argument, as JSON. */
export interface ReceiverOptions {
  readonly protocol: Protocol;
  /** After so many events it says so. */
  readonly expectedEvents: number;
  /** Measures the latency of some lines, from the given one on. */
  readonly sample?: { readonly every: number; readonly from: number };
  readonly stall?: Stall;
}

/** What the receiver has seen. */
export interface ReceiverReport {
  readonly events: number;
  /** As they came over the wire. */
  readonly wireBytes: number;
  /** When the expected number was reached, by `Date.now()`. */
  readonly reachedAtMs: number | undefined;
  /** CPU time of the receiver: shows how far it is from being what limits. */
  readonly cpuSeconds: number;
  readonly latency: Latency | undefined;
  /** Why what came was not counted to its end. */
  readonly problem: string | undefined;
}

/** From the receiver to the bench. A report follows each message of the bench, and comes by itself when the expected number is reached. */
export type ReceiverMessage =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "report"; readonly report: ReceiverReport };
