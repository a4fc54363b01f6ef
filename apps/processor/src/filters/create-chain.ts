import { type ChainHooks, type ChainNode, FilterChain, nodesFor } from "./chain.ts";
import { type Effect, failureTagOf, type FilterContext } from "./filter.ts";
import type { FilterSpec } from "./parse-filters.ts";

/** What decides which filters an output runs. */
export interface ChainWants {
  readonly specs: readonly FilterSpec[];
  /** What the output asks for. */
  readonly needs: readonly Effect[];
  /** A condition of the output itself. It stands before `ecs`, so that it sees the same of an event in every output. */
  readonly condition?: FilterSpec | undefined;
}

export interface ChainOptions extends ChainWants {
  /** Milliseconds that a user's code or pattern may take for one event. */
  readonly eventMsMax: number;
  readonly context: FilterContext;
  readonly hooks: ChainHooks;
}

/** The filters that an output has to run. **Errors**: StartError of a filter whose file is not as it should be. */
export function createChain({ eventMsMax, context, hooks, ...wants }: ChainOptions): FilterChain {
  // Filters that the output does not run are not made: they may load a table.
  const nodes = specsToRun(wants).map((spec) => createNode(spec, context));
  return new FilterChain(nodes, eventMsMax, hooks);
}

/** Of the configured filters those that the output runs, in order, with its own condition among them. */
export function specsToRun({ specs, needs, condition }: ChainWants): readonly FilterSpec[] {
  const wanted = new Set<Effect>([...needs, "message", "flow"]);
  const run = specs.slice(0, nodesFor(specs.map(sketch), wanted).length);
  const ecs = run.findIndex((spec) => effectsOf(spec).has("document"));
  if (condition !== undefined) run.splice(ecs === -1 ? run.length : ecs, 0, condition);
  return run;
}

/** What is known of a node before it is made. */
function sketch(spec: FilterSpec): Pick<ChainNode, "effects"> {
  return { effects: effectsOf(spec) };
}

/** What a filter, or anything behind a condition, changes. */
export function effectsOf(spec: FilterSpec): ReadonlySet<Effect> {
  if (spec.kind === "filter") return new Set(spec.definition.effects(spec.options));
  return unionOf([...spec.matched, ...spec.otherwise]);
}

function unionOf(specs: readonly FilterSpec[]): ReadonlySet<Effect> {
  const union = new Set<Effect>();
  for (const spec of specs) for (const effect of effectsOf(spec)) union.add(effect);
  return union;
}

function createNode(spec: FilterSpec, context: FilterContext): ChainNode {
  const base = { name: spec.name, effects: effectsOf(spec), counts: { in: 0, dropped: 0, failed: 0, seconds: 0 } };
  if (spec.kind === "filter") {
    const { name: filter, isBoxed = false, create } = spec.definition;
    return { ...base, kind: "filter", filter, failureTag: failureTagOf(spec.definition), isBoxed, step: create(spec.options, context) };
  }
  const matched = spec.matched.map((inner) => createNode(inner, context));
  const otherwise = spec.otherwise.map((inner) => createNode(inner, context));
  const isBoxed = spec.condition.isCode || [...matched, ...otherwise].some((node) => node.isBoxed);
  return { ...base, kind: "when", predicate: spec.condition.predicate, isBoxed, matched, otherwise };
}
