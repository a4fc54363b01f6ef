import { Type } from "typebox";
import type { WorkEvent } from "../work-event.ts";
import { defineFilter, FilterFailure } from "./filter.ts";
import { removeWhatIsNoJson } from "./plain-json.ts";

type Run = (event: WorkEvent) => unknown;

/** Runs a user's function. */
export const script = defineFilter({
  name: "script",
  description:
    "Runs a function of the event, of a pipeline.ts: it changes the event, and returns nothing, or false to drop it. Synchronous, and stopped when it takes longer than limits.filterEventMsMax.",
  schema: Type.Object({
    run: Type.Unknown({ description: "The function, (event) => void or false.", typescript: "(event: E) => void | boolean" }),
  }),
  effects: () => ["message", "fields", "flow", "parsed"],
  isBoxed: true,
  check: ({ run }) =>
    typeof run === "function"
      ? []
      : [{ path: ["run"], message: "expected a function of the event: write the pipeline as pipeline.ts, where functions are possible" }],
  create: ({ run }) => ({ apply: (event) => runScript(run as Run, event) }),
});

/** **Errors**: FilterFailure for what a script may not do; the event is as stores need it all the same. */
function runScript(run: Run, event: WorkEvent): boolean {
  const fixed = { id: event.id, time: event.time, type: event.type, bytes: event.bytes };
  let answer: unknown;
  try {
    answer = run(event);
  } finally {
    mend(event, fixed);
  }
  if (isPromise(answer)) {
    // What it rejects with later is nobody's.
    answer.then(undefined, () => {});
    throw new FilterFailure("the function returned a promise: filters are synchronous, so nothing waits for it");
  }
  return answer !== false;
}

function mend(event: WorkEvent, fixed: Pick<WorkEvent, "id" | "time" | "type" | "bytes">): void {
  const changed = (Object.keys(fixed) as (keyof typeof fixed)[]).filter((key) => event[key] !== fixed[key]);
  if (changed.length > 0) {
    Object.assign(event, fixed);
    throw new FilterFailure(`the function changed ${changed.join(" and ")} of the event, which are fixed: it was put back`);
  }
  const message: unknown = event.message;
  if (typeof message !== "string") {
    event.message = String(message);
    throw new FilterFailure("the function set the message to something that is no text");
  }
  const removed = [...removeWhatIsNoJson(event.root), ...(event.record === undefined ? [] : removeWhatIsNoJson(event.record))];
  if (removed.length > 0)
    throw new FilterFailure(`the function left what is no JSON, which was taken out: ${removed.slice(0, 5).join(", ")}`);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
