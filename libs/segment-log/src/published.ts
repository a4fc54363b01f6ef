import type { SlotState } from "./slot-file.ts";

/**
 * Where readers stop: every record before `next` was fsynced, and stands before `bytes` in the segment `first` or in an
 * older one. A record before `next` that cannot be found is lost.
 */
export interface Published {
  /** First offset of the newest segment that has records. */
  readonly first: number;
  /** Where the last record ends in it. */
  readonly bytes: number;
  /** Offset after the last record: the log's durable end. */
  readonly next: number;
}

export const nothingPublished: Published = { first: 0, bytes: 0, next: 0 };

export function toSlot(published: Published): SlotState {
  return [published.first, published.bytes, published.next, 0];
}

export function fromSlot([first, bytes, next]: SlotState): Published {
  return { first, bytes, next };
}
