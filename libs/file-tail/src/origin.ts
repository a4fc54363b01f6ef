import type { LooseGeneration } from "./loose-generations.ts";

/** What a file without a generation turns out to be. */
export type Origin =
  | { readonly kind: "new" }
  /** Nothing of it is to be read. */
  | { readonly kind: "ignored" }
  /** A copy whose original was not truncated yet, or whose generation is still under way. */
  | { readonly kind: "waiting"; readonly from: string; readonly copied?: Copied }
  /** It holds the rest of a generation. */
  | { readonly kind: "rest"; readonly of: LooseGeneration }
  /** It holds, up to an offset, nothing that was not read of it. */
  | { readonly kind: "spent"; readonly of: LooseGeneration; readonly offset: number };

/** The generation of which a file, when it had that size, was a copy: both were compared. */
export interface Copied {
  readonly generation: string;
  readonly size: number;
}

/** Why a file is not read yet. */
export interface Waiting {
  readonly from: string;
  readonly copied: Copied | undefined;
  dueMs: number;
}
