import type { WorkEvent } from "../work-event.ts";
import { runBoxed } from "./boxed.ts";
import type { Predicate } from "./condition.ts";
import { type Effect, FilterFailure, type FilterStep } from "./filter.ts";

/** What happened at a node of the pipeline since it was made. */
export interface NodeCounts {
  in: number;
  dropped: number;
  failed: number;
}

/** A filter, or a condition with filters behind it, in its place in the pipeline. */
export type ChainNode = FilterNode | WhenNode;

interface NodeBase {
  /** Names the node in metrics, in the graph and for a tap: the filter's name, with a number from the second on, or what `as` says. */
  readonly name: string;
  readonly effects: ReadonlySet<Effect>;
  readonly isBoxed: boolean;
  readonly counts: NodeCounts;
}

export interface FilterNode extends NodeBase {
  readonly kind: "filter";
  readonly filter: string;
  readonly step: FilterStep;
  readonly failureTag: string;
}

export interface WhenNode extends NodeBase {
  readonly kind: "when";
  readonly predicate: Predicate;
  /** Where the condition holds. */
  readonly matched: readonly ChainNode[];
  readonly otherwise: readonly ChainNode[];
}

export interface ChainHooks {
  /** Told of an event on which a filter failed. */
  readonly onFailure: (node: string, error: unknown) => void;
  /** Told of every event that leaves a node, while somebody looks at it. */
  readonly onLeave?: (node: string, event: WorkEvent, isKept: boolean) => void;
  /** An event's copy as the buffer has it, for one whose filters were cut off in the middle. */
  readonly again: (event: WorkEvent) => WorkEvent;
}

/**
 * Filters in a row, over batches of events.
 *
 * **Guarantee**: never throws for what a filter does: the event is tagged with the filter's failure and goes on. Filters that are a user's code, or
 * have a user's pattern, have `eventMsMax` for an event; one that takes longer is a failure on that event.
 */
export class FilterChain {
  readonly nodes: readonly ChainNode[];
  readonly #hooks: ChainHooks;
  readonly #eventMsMax: number;
  readonly #isBoxed: boolean;
  /** Where the event is that is being filtered. */
  #at: ChainNode | undefined;

  constructor(nodes: readonly ChainNode[], eventMsMax: number, hooks: ChainHooks) {
    this.nodes = nodes;
    this.#eventMsMax = eventMsMax;
    this.#hooks = hooks;
    this.#isBoxed = nodes.some(({ isBoxed }) => isBoxed);
  }

  /** The events that go on. */
  run(events: readonly WorkEvent[]): readonly WorkEvent[] {
    if (this.nodes.length === 0) return events;
    if (this.#isBoxed) return runBoxed(events, this.#eventMsMax, this.#boxed());
    return events.filter((event) => this.#passes(this.nodes, event));
  }

  close(): void {
    closeAll(this.nodes);
  }

  #boxed() {
    return {
      run: (event: WorkEvent) => this.#passes(this.nodes, event),
      again: this.#hooks.again,
      onLate: (event: WorkEvent) => {
        const node = this.#at;
        if (node !== undefined) this.#fail(node, event, new FilterFailure(`took longer than ${this.#eventMsMax} ms for an event`));
      },
    };
  }

  #passes(nodes: readonly ChainNode[], event: WorkEvent): boolean {
    for (const node of nodes) {
      node.counts.in += 1;
      const isKept = this.#passesOne(node, event);
      if (!isKept) node.counts.dropped += 1;
      this.#hooks.onLeave?.(node.name, event, isKept);
      if (!isKept) return false;
    }
    return true;
  }

  #passesOne(node: ChainNode, event: WorkEvent): boolean {
    this.#at = node;
    try {
      if (node.kind === "filter") return node.step.apply(event) !== false;
      return this.#passes(node.predicate(event) ? node.matched : node.otherwise, event);
    } catch (error) {
      this.#fail(node, event, error);
      return true;
    }
  }

  #fail(node: ChainNode, event: WorkEvent, error: unknown): void {
    node.counts.failed += 1;
    event.addTag(node.kind === "filter" ? node.failureTag : "_whenfailure");
    event.noteFailure(node.name, error instanceof Error ? error.message : String(error));
    this.#hooks.onFailure(node.name, error);
  }
}

function closeAll(nodes: readonly ChainNode[]): void {
  for (const node of nodes) {
    if (node.kind === "filter") node.step.close?.();
    else for (const branch of [node.matched, node.otherwise]) closeAll(branch);
  }
}

/**
 * The nodes that an output has to run which needs these effects: up to the last one that has one of them. What stands behind `ecs` changes documents
 * alone, so that an output without documents ends before it.
 *
 * **Guarantee**: an output that needs the line alone (the raw topic) runs nothing unless a filter changes lines, or drops events.
 */
export function nodesFor<Node extends Pick<ChainNode, "effects">>(nodes: readonly Node[], needs: ReadonlySet<Effect>): readonly Node[] {
  const ecs = nodes.findIndex(({ effects }) => effects.has("document"));
  const possible = needs.has("document") || ecs === -1 ? nodes : nodes.slice(0, ecs);
  const last = possible.findLastIndex(({ effects }) => [...effects].some((effect) => needs.has(effect)));
  return possible.slice(0, last + 1);
}
