import type { Sink } from "@gatelog/pipeline";
import type { Effect } from "./filters/filter.ts";
import type { WorkEvent } from "./work-event.ts";

/** A sink for events that says what it needs of them, and whether it is fit for work. */
export interface EventSink extends Sink<WorkEvent> {
  /** What it writes of an event, beside the line. */
  readonly needs: readonly Effect[];
  status(): { readonly ready: boolean; readonly reason?: string };
}
