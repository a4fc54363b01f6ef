import type { Registry } from "@gatelog/service-kit";
import { Counter, type Metric } from "prom-client";

/** Classes of statuses, by their first digit. */
export const statusClasses = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Upper bounds of the duration buckets, seconds. */
export const durationBucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** What is counted of the calls of one route. */
export interface CallCounts {
  readonly project: string;
  readonly route: string;
  /** By status class. */
  readonly byClass: number[];
  /** By duration bucket, each call in one; the last is for what is longer than all. */
  readonly byBucket: number[];
  seconds: number;
  requestBytes: number;
  responseBytes: number;
}

/** The counts of all routes, for as long as the process lives. */
export class AllCallCounts {
  readonly #byRoute = new Map<string, CallCounts>();

  of(project: string, route: string): CallCounts {
    const key = `${project}\u0000${route}`;
    let counts = this.#byRoute.get(key);
    if (counts === undefined) {
      const byClass = statusClasses.map(() => 0);
      const byBucket = [...durationBucketsSeconds.map(() => 0), 0];
      counts = { project, route, byClass, byBucket, seconds: 0, requestBytes: 0, responseBytes: 0 };
      this.#byRoute.set(key, counts);
    }
    return counts;
  }

  all(): readonly CallCounts[] {
    return [...this.#byRoute.values()];
  }
}

/** Registers the metrics that are made of the counts when they are read. */
export function registerCallMetrics(registry: Registry, counts: AllCallCounts): void {
  const calls = new Counter({
    name: "gatelog_gateway_calls_total",
    help: "Calls that ended, each with a record.",
    labelNames: ["project", "route", "status_class"],
    registers: [],
    collect() {
      this.reset();
      for (const { project, route, byClass } of counts.all())
        for (const [index, status_class] of statusClasses.entries()) this.inc({ project, route, status_class }, byClass[index] ?? 0);
    },
  });
  registry.registerMetric(calls);
  const bytes = (name: string, help: string, read: (counts: CallCounts) => number) =>
    new Counter({
      name: `gatelog_gateway_${name}`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(counts.all().reduce((sum, item) => sum + read(item), 0));
      },
    });
  bytes("request_body_bytes_total", "Bytes of request bodies.", (item) => item.requestBytes);
  bytes("response_body_bytes_total", "Bytes of response bodies.", (item) => item.responseBytes);
  registry.registerMetric(durations(counts));
}

/** A histogram over the counts: prom-client's own takes only one observation at a time. */
function durations(counts: AllCallCounts): Metric {
  const name = "gatelog_gateway_call_duration_seconds";
  const description = { name, help: "From the arrival of a call to its end.", type: "histogram", aggregator: "sum" };
  const get = () => Promise.resolve({ ...description, values: counts.all().flatMap((item) => series(name, item)) });
  return { ...description, labelNames: ["project", "route"], get, reset: () => undefined } as unknown as Metric;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

function series(name: string, { project, route, byBucket, seconds }: CallCounts): Sample[] {
  let upTo = 0;
  const buckets = byBucket.map((count, index) => {
    upTo += count;
    return { metricName: `${name}_bucket`, labels: { le: durationBucketsSeconds[index] ?? "+Inf", project, route }, value: upTo };
  });
  const labels = { project, route };
  return [...buckets, { metricName: `${name}_sum`, labels, value: seconds }, { metricName: `${name}_count`, labels, value: upTo }];
}
