import type { Replace } from "./modes.ts";

/** One step of a path: to a child, or (`deep`) to any descendant. */
export interface PathStep {
  readonly deep: boolean;
  readonly kind: "name" | "index" | "any" | "attribute";
  /** Of kind name and attribute; `*` is any. */
  readonly name: string;
  /** Of kind index. */
  readonly index: number;
}

/** A path and how what it names is replaced. */
export interface PathRule {
  readonly steps: readonly PathStep[];
  readonly replace: Replace;
}

/** How far every rule has come at one node of the document: a set of bits for each rule. */
export type PathState = readonly number[];

/** Most steps of a path; each takes a bit. */
export const pathStepsMax = 30;

/** A node as seen from its parent. */
export interface PathNode {
  readonly kind: "name" | "index" | "attribute";
  readonly name: string;
  readonly index: number;
}

/**
 * Follows a document down its paths. **Guarantee**: the cost of a node does not depend on its depth: what matters of
 * the way to it is in the state of its parent.
 */
export class PathRules {
  readonly #rules: readonly PathRule[];

  constructor(rules: readonly PathRule[]) {
    this.#rules = rules;
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Of the document, above its root. */
  root(): PathState {
    return this.#rules.map(() => 1);
  }

  /** The state of a child, and how its value is replaced where a path ends there. */
  child(parent: PathState, node: PathNode): { readonly state: PathState; readonly replace: Replace | undefined } {
    let replace: Replace | undefined;
    const state = this.#rules.map((rule, index) => {
      const next = advance(rule.steps, parent[index] ?? 0, node);
      if (replace === undefined && (next & (1 << rule.steps.length)) !== 0) ({ replace } = rule);
      return next;
    });
    return { state, replace };
  }
}

/** Bit n is set where the first n steps lead to the node. */
function advance(steps: readonly PathStep[], bits: number, node: PathNode): number {
  let next = 0;
  for (let position = 0; position < steps.length; position++) {
    if ((bits & (1 << position)) === 0) continue;
    const step = steps[position];
    if (step?.deep) next |= 1 << position;
    if (step !== undefined && matches(step, node)) next |= 1 << (position + 1);
  }
  return next;
}

function matches(step: PathStep, node: PathNode): boolean {
  if (step.kind === "any") return node.kind !== "attribute";
  if (step.kind !== node.kind) return false;
  return step.kind === "index" ? step.index === node.index : step.name === "*" || step.name === node.name;
}
