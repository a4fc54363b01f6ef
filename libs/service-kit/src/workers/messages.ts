import type { AppSignal, PartReadiness } from "../app.ts";
import type { MetricSnapshot } from "./worker-metrics.ts";

/** Set in a worker's environment: what else forks with node:cluster (a process manager) does not make workers of ours. */
export const workerVariable = "GATELOG_WORKER";

/** What the primary may ask of a worker, and the answer's type. */
export interface Answers {
  readonly readiness: readonly PartReadiness[];
  readonly metrics: readonly MetricSnapshot[];
}
export type Question = keyof Answers;

/** The primary's first message: which worker it is, and the configuration, which only the primary reads. */
export interface RunMessage {
  readonly type: "run";
  readonly slot: number;
  readonly count: number;
  readonly config: unknown;
  /** Absolute path of the file that it was read from. */
  readonly configFile: string;
}

/** From the primary to a worker: `run` answers its `hello`, the others come after its `started`. */
export type ToWorker =
  | RunMessage
  | { readonly type: "stop" }
  | { readonly type: "signal"; readonly signal: AppSignal }
  | { readonly type: "ask"; readonly question: Question };

/** From a worker to the primary: `hello` first, then `started` or `failed`, each once; the others at any time. */
export type FromWorker =
  /** It takes messages now; what is sent before is lost. */
  | { readonly type: "hello" }
  | { readonly type: "started"; readonly ports: Readonly<Record<string, number>> }
  | { readonly type: "failed"; readonly message: string; readonly isForOperator: boolean }
  /** The app wants to hear of this signal. */
  | { readonly type: "listens"; readonly signal: AppSignal }
  | { readonly type: "answer"; readonly question: "readiness"; readonly answer: Answers["readiness"] }
  | { readonly type: "answer"; readonly question: "metrics"; readonly answer: Answers["metrics"] };
