import type { WorkEvent } from "../work-event.ts";
import type { FieldPath } from "./field-path.ts";
import { pathOf } from "./field-option.ts";
import { FilterFailure, type FilterStep } from "./filter.ts";

/** Changes one value; throws FilterFailure where it cannot. */
export type Change = (value: unknown) => unknown;

/** A step that changes fields each in its way; those that are missing are left out, and one that cannot be changed does not keep the others from it. */
export function changeFields(changes: readonly (readonly [field: string, change: Change])[]): FilterStep {
  const places = changes.map(([field, change]) => ({ field, path: pathOf(field), change }));
  return {
    apply: (event) => {
      let reasons: string[] | undefined;
      for (const { field, path, change } of places) {
        const reason = changeField(event, path, change);
        if (reason !== undefined) (reasons ??= []).push(`${field} ${reason}`);
      }
      if (reasons !== undefined) throw new FilterFailure(reasons.join("; "));
    },
  };
}

/** Changes every value of a list, or the value itself. */
export function eachValue(change: Change): Change {
  return (value) => (Array.isArray(value) ? value.map(change) : change(value));
}

/** Changes texts alone. */
export function eachText(change: (text: string) => string): Change {
  return eachValue((value) => (typeof value === "string" ? change(value) : value));
}

function changeField(event: WorkEvent, path: FieldPath, change: Change): string | undefined {
  const value = path.get(event);
  if (value === undefined || value === null) return undefined;
  try {
    const changed = change(value);
    if (changed !== value) path.set(event, changed);
    return undefined;
  } catch (error) {
    if (error instanceof FilterFailure) return error.message;
    throw error;
  }
}
