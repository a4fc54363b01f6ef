import type { Exchange } from "./exchange.ts";
import { durationBucketsSeconds, statusClasses, type CallCounts } from "./call-counts.ts";
import type { Metrics } from "./metrics.ts";
import type { Route } from "./routes.ts";

/**
 * Counts calls that have ended, in plain numbers that are read when somebody looks at the metrics: labels resolved at each call would
 * cost as much as the call's record.
 */
export class CallMetrics {
  readonly #metrics: Metrics;
  // Routes that a reload has dropped go with their last exchange; their counts stay, for counters never go back.
  readonly #counts = new WeakMap<Route, CallCounts>();
  readonly #unrouted: CallCounts;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#unrouted = metrics.callCounts.of("", "");
  }

  count(exchange: Exchange): void {
    const { route, failure, status } = exchange;
    const counts = route === undefined ? this.#unrouted : this.#of(route);
    const statusClass = Math.floor(status / 100);
    counts.byClass[statusClass < statusClasses.length ? statusClass : 0]! += 1;
    const seconds = (exchange.endedMs - exchange.startedMs) / 1000;
    counts.byBucket[bucketOf(seconds)]! += 1;
    counts.seconds += seconds;
    counts.requestBytes += exchange.requestBody.bytes;
    counts.responseBytes += exchange.responseBody.bytes;
    if (failure !== undefined) this.#metrics.failures.inc({ code: failure.code });
  }

  #of(route: Route): CallCounts {
    let counts = this.#counts.get(route);
    if (counts === undefined) {
      counts = this.#metrics.callCounts.of(route.project, route.name);
      this.#counts.set(route, counts);
    }
    return counts;
  }
}

/** Index of the first bucket that takes the duration; the last takes every one. */
function bucketOf(seconds: number): number {
  let index = 0;
  while (index < durationBucketsSeconds.length && seconds > durationBucketsSeconds[index]!) index++;
  return index;
}
