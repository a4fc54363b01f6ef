import type { Sink } from "@gatelog/pipeline";
import type { Need, WorkEvent } from "./filters.ts";

/** A sink for events that says what it needs of them, and whether it is fit for work. */
export interface EventSink extends Sink<WorkEvent> {
  readonly needs: readonly Need[];
  status(): { readonly ready: boolean; readonly reason?: string };
}
