import type { ByteBudget } from "./byte-budget.ts";
import type { PeerWatchOptions } from "./peer-watch.ts";
import type { DecoderLimits } from "./protocol.ts";
import type { OnBatch } from "./window-batch.ts";

/** What all connections of a server share. */
export interface ConnectionContext extends PeerWatchOptions {
  readonly limits: DecoderLimits;
  readonly batchBytesMax: number;
  /** Bytes of an incomplete frame that are kept without asking the budget. */
  readonly unaskedBytesMax: number;
  /** All that is in memory. */
  readonly budget: ByteBudget;
  /** The part of it that incomplete frames may take. */
  readonly frameBudget: ByteBudget;
  /** What events that are larger than a batch may take beyond it while they are inflated. */
  readonly largeBudget: ByteBudget;
  readonly onBatch: OnBatch;
}
