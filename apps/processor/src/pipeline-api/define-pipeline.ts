import type { PipelineKeys } from "./generated/api.ts";
import type { Condition, Filter, Filters, FilterStep, Input, Output, PipelineEvent } from "./types.ts";

/** A pipeline: the same object that YAML would hold. */
export type PipelineConfig = PipelineKeys & {
  readonly inputs: readonly Input[];
  readonly filters?: Filters<PipelineEvent, unknown> | readonly Filter<PipelineEvent, unknown>[];
  readonly outputs: readonly Output[];
};

/** Gives the pipeline back as it is; here the compiler looks at it. */
export function definePipeline(config: PipelineConfig): PipelineConfig {
  return config;
}

/** Filters for the events that are meant, and others for the rest. */
export function when<E extends PipelineEvent = PipelineEvent>(
  condition: Condition<E>,
  matched: FilterStep<NoInfer<E>>,
  otherwise: FilterStep<NoInfer<E>> = [],
): Filter<E, E> {
  const branches = { when: condition, do: listOf(matched), else: listOf(otherwise) };
  return branches as object;
}

function listOf(step: object): readonly object[] {
  return Array.isArray(step) ? (step as readonly object[]) : [step];
}
