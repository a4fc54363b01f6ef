import { AggregatorRegistry, Registry } from "prom-client";

/** A metric's values at one moment, as they go from a worker to the primary. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}

/** Types whose values only grow: what a process that has ended counted is still part of the sum. */
const growingTypes: ReadonlySet<string> = new Set(["counter", "histogram", "summary"]);

/** The values of a registry now. */
export async function snapshotOf(registry: Registry): Promise<readonly MetricSnapshot[]> {
  // The declared type says that `type` is a number, which it is not.
  return (await registry.getMetricsAsJSON()) as unknown as readonly MetricSnapshot[];
}

/**
 * The metrics of all processes of an app as one.
 *
 * **Guarantee**: those of the processes themselves (CPU, memory, event loop) have a label `worker`, the slot or `primary`; all
 * others are summed, or as their aggregator says. A counter never goes back when a worker ends: what it last told stays in the sum.
 */
export class WorkerMetrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #own: Registry;
  readonly #ofProcess: ReadonlySet<string>;
  readonly #refresh: () => Promise<void>;
  readonly #latest = new Map<number, readonly MetricSnapshot[]>();
  #retired: Promise<readonly MetricSnapshot[]> = Promise.resolve([]);

  /** @param options `own`: the primary's registry; `ofProcess`: names of the metrics of a process; `refresh` asks the workers and calls `update`. */
  constructor(options: { own: Registry; ofProcess: readonly string[]; refresh: () => Promise<void> }) {
    this.#own = options.own;
    this.#ofProcess = new Set(options.ofProcess);
    this.#refresh = options.refresh;
  }

  /** What the worker in this slot says now. */
  update(slot: number, snapshot: readonly MetricSnapshot[]): void {
    this.#latest.set(slot, snapshot);
  }

  /** The worker in this slot has ended. */
  retire(slot: number): void {
    const last = (this.#latest.get(slot) ?? []).filter(({ name, type }) => growingTypes.has(type) && !this.#ofProcess.has(name));
    this.#latest.delete(slot);
    this.#retired = this.#retired.then((retired) => snapshotOf(AggregatorRegistry.aggregate([retired, last])));
  }

  /** Prometheus text. */
  async metrics(): Promise<string> {
    await this.#refresh();
    // Taken together: a worker that ends meanwhile is in one of them, and only in one.
    const retired = this.#retired;
    const workers = [...this.#latest].map(([slot, snapshot]) => this.#labelled(snapshot, String(slot)));
    const own = this.#labelled(await snapshotOf(this.#own), "primary");
    return AggregatorRegistry.aggregate([own, ...workers, await retired]).metrics();
  }

  #labelled(snapshot: readonly MetricSnapshot[], worker: string): readonly MetricSnapshot[] {
    return snapshot.map((metric) => (this.#ofProcess.has(metric.name) ? withLabel(metric, worker) : metric));
  }
}

function withLabel(metric: MetricSnapshot, worker: string): MetricSnapshot {
  // "first", for each label stands for one process: nothing is left to add up.
  return { ...metric, aggregator: "first", values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, worker } })) };
}
