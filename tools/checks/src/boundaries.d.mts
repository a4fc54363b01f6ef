/** The output of `nx graph --file`. */
export interface Graph {
  readonly nodes: Record<string, { readonly data: { readonly tags?: readonly string[] } }>;
  readonly dependencies: Record<string, readonly { readonly target: string }[]>;
}

/** Returns one sentence for each import that the architecture forbids. */
export function violations(graph: Graph): string[];

/** The graph as nx sees it, sources analysed. Throws when nx could only make a partial one. */
export function readGraph(): Graph;
