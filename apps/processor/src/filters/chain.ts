import type { WorkEvent } from "../work-event.ts";
import { runBoxed } from "./boxed.ts";
import type { Predicate } from "./condition.ts";
import { type Effect, FilterFailure, type FilterStep } from "./filter.ts";

/** What happened at a node of the pipeline since it was made. */
export interface NodeCounts {
  in: number;
  dropped: number;
  failed: number;
  /** What it took, with what stands in it; estimated from one event in `timedDistance`, for reading the clock costs as much as a small filter. */
  seconds: number;
}

/** How many events go by, on the average, until one is timed. */
export const timedDistance = 64;

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
  /** Asked once a batch: who looks at its events, undefined for nobody. */
  readonly tap?: (() => ChainTap | undefined) | undefined;
  /** An event's copy as the buffer has it, for one whose filters were cut off in the middle. */
  readonly again: (event: WorkEvent) => WorkEvent;
}

/** Looks at events on their way. It must neither throw nor change them. */
export interface ChainTap {
  /** `at` is `buffer` (before the filters), a node's name (behind it) or `output` (behind all of them). */
  readonly see: (at: string, event: WorkEvent, isKept: boolean) => void;
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
  /** Who looks at the batch. */
  #tap: ChainTap | undefined;
  /** Not the first event: it would stand for many, and takes longest. */
  #untilTimed = timedDistance;
  #isTimed = false;
  #random = 1;

  constructor(nodes: readonly ChainNode[], eventMsMax: number, hooks: ChainHooks) {
    this.nodes = nodes;
    this.#eventMsMax = eventMsMax;
    this.#hooks = hooks;
    this.#isBoxed = nodes.some(({ isBoxed }) => isBoxed);
  }

  /** The events that go on. */
  run(events: readonly WorkEvent[]): readonly WorkEvent[] {
    const tap = this.#hooks.tap?.();
    if (tap === undefined) return this.#run(events, undefined);
    for (const event of events) tap.see("buffer", event, true);
    const kept = this.#run(events, tap);
    for (const event of kept) tap.see("output", event, true);
    return kept;
  }

  /** Every node, those within conditions behind them. */
  allNodes(): readonly ChainNode[] {
    return flatten(this.nodes);
  }

  #run(events: readonly WorkEvent[], tap: ChainTap | undefined): readonly WorkEvent[] {
    if (this.nodes.length === 0) return events;
    this.#tap = tap;
    if (this.#isBoxed) return runBoxed(events, this.#eventMsMax, this.#boxed());
    return events.filter((event) => this.#isKept(event));
  }

  close(): void {
    closeAll(this.nodes);
  }

  #boxed() {
    return {
      run: (event: WorkEvent) => this.#isKept(event),
      again: this.#hooks.again,
      onLate: (event: WorkEvent) => {
        const node = this.#at;
        this.#runLate(event, node);
        if (node === undefined) return;
        node.counts.seconds += this.#eventMsMax / 1000;
        this.#fail(node, event, new FilterFailure(`took longer than ${this.#eventMsMax} ms for an event`));
      },
    };
  }

  #isKept(event: WorkEvent): boolean {
    this.#untilTimed -= 1;
    this.#isTimed = this.#untilTimed <= 0;
    if (this.#isTimed) this.#untilTimed = this.#nextDistance();
    return this.#passes(this.nodes, event, this.#isTimed || this.#tap !== undefined);
  }

  /** From 1 to twice the distance, so that no rhythm of the events is always, or never, met. */
  #nextDistance(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return 1 + ((this.#random >>> 8) % (2 * timedDistance - 1));
  }

  #passes(nodes: readonly ChainNode[], event: WorkEvent, isWatched: boolean): boolean {
    for (const node of nodes) {
      node.counts.in += 1;
      if (isWatched ? this.#watch(node, event) : this.#passesOne(node, event, false)) continue;
      node.counts.dropped += 1;
      return false;
    }
    return true;
  }

  #watch(node: ChainNode, event: WorkEvent): boolean {
    const startedMs = this.#isTimed ? performance.now() : 0;
    const isKept = this.#passesOne(node, event, true);
    if (this.#isTimed) node.counts.seconds += ((performance.now() - startedMs) / 1000) * timedDistance;
    this.#tap?.see(node.name, event, isKept);
    return isKept;
  }

  #passesOne(node: ChainNode, event: WorkEvent, isWatched: boolean): boolean {
    this.#at = node;
    try {
      if (node.kind === "filter") return node.step.apply(event) !== false;
      return this.#passes(node.predicate(event) ? node.matched : node.otherwise, event, isWatched);
    } catch (error) {
      this.#fail(node, event, error);
      return true;
    }
  }

  /** Does what must be done to every event, whatever conditions stand before it. */
  #runLate(event: WorkEvent, cause: ChainNode | undefined): void {
    for (const node of this.allNodes()) {
      if (node.kind !== "filter" || node.step.late === undefined) continue;
      try {
        node.step.late(event, node === cause);
      } catch (error) {
        this.#fail(node, event, error);
      }
    }
  }

  #fail(node: ChainNode, event: WorkEvent, error: unknown): void {
    node.counts.failed += 1;
    event.noteFailure(node.name, reasonOf(error));
    tagFailed(event, node.kind === "filter" ? node.failureTag : "_whenfailure");
    this.#hooks.onFailure(node.name, error);
  }
}

/** A user's code may throw anything, also what cannot become a text. */
function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "something was thrown that is no error";
  }
}

function tagFailed(event: WorkEvent, tag: string): void {
  try {
    event.addTag(tag);
  } catch (error) {
    // A user's code made the fields what nobody can write to.
    event.noteFailure("tags", reasonOf(error));
  }
}

function flatten(nodes: readonly ChainNode[]): readonly ChainNode[] {
  return nodes.flatMap((node) => (node.kind === "filter" ? [node] : [node, ...flatten([...node.matched, ...node.otherwise])]));
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
