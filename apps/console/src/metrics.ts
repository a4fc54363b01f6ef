import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the console counts. */
export interface Metrics {
  /** Answers by route pattern and status. */
  readonly answers: Counter<"route" | "status">;
  /** Time to answer, in seconds, by route pattern. */
  readonly answerSeconds: Histogram<"route">;
  /** 1 while the database of the records answers, else 0. */
  readonly storeUp: Gauge;
}

/** Registers the console's metrics. */
export function createMetrics(registry: Registry): Metrics {
  const registers = [registry];
  return {
    answers: new Counter({
      name: "gatelog_console_answers_total",
      help: "Answers of the page and its API, by route and status",
      labelNames: ["route", "status"],
      registers,
    }),
    answerSeconds: new Histogram({
      name: "gatelog_console_answer_duration_seconds",
      help: "Time to answer, by route",
      labelNames: ["route"],
      buckets: [0.002, 0.01, 0.05, 0.2, 1, 5, 20],
      registers,
    }),
    storeUp: new Gauge({ name: "gatelog_console_store_up", help: "1 while the database of the records answers", registers }),
  };
}
