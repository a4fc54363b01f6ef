import type { Exchange } from "./exchange.ts";
import type { Metrics } from "./metrics.ts";
import type { Route } from "./routes.ts";

/** Label values are resolved once per route and class: doing it at each call costs as much as the rest of the counting. */
interface Counted {
  readonly byClass: { inc(): void }[];
  readonly durations: { observe(seconds: number): void };
}

const statusClasses = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Counts calls that have ended. */
export class CallMetrics {
  readonly #metrics: Metrics;
  // Routes that a reload has dropped go with their last exchange.
  readonly #counted = new WeakMap<Route, Counted>();
  readonly #unrouted: Counted;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#unrouted = this.#resolve("", "");
  }

  count(exchange: Exchange): void {
    const { route, failure, status } = exchange;
    const counted = route === undefined ? this.#unrouted : this.#of(route);
    const statusClass = Math.floor(status / 100);
    counted.byClass[statusClass >= 1 && statusClass <= 5 ? statusClass : 0]?.inc();
    counted.durations.observe((exchange.endedMs - exchange.startedMs) / 1000);
    if (failure !== undefined) this.#metrics.failures.inc({ code: failure.code });
    this.#metrics.requestBytes.inc(exchange.requestBody.bytes);
    this.#metrics.responseBytes.inc(exchange.responseBody.bytes);
  }

  #of(route: Route): Counted {
    let counted = this.#counted.get(route);
    if (counted === undefined) {
      counted = this.#resolve(route.project, route.name);
      this.#counted.set(route, counted);
    }
    return counted;
  }

  #resolve(project: string, route: string): Counted {
    return {
      byClass: statusClasses.map((statusClass) => this.#metrics.calls.labels({ project, route, status_class: statusClass })),
      durations: this.#metrics.durations.labels({ project, route }),
    };
  }
}
