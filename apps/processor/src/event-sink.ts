import type { Sink } from "@gatelog/pipeline";
import type { Effect } from "./filters/filter.ts";
import type { WorkEvent } from "./work-event.ts";

/** A sink for events that says what it needs of them, and whether it is fit for work. */
export interface EventSink extends Sink<WorkEvent> {
  /** What it writes of an event, beside the line. */
  readonly needs: readonly Effect[];
  /**
   * Told of the batch that `write` gets next, as the same array, while another one may be being written: what can be made of it before is made meanwhile.
   * It neither waits nor throws, and the batch may never be written.
   */
  announce?(batch: readonly WorkEvent[]): void;
  status(): { readonly ready: boolean; readonly reason?: string };
}
