import { Type } from "typebox";
import { parseCondition } from "../filters/condition.ts";
import { defineFilter, type Effect } from "../filters/filter.ts";
import type { FilterSpec } from "../filters/parse-filters.ts";

/** What a condition may ask for. */
export const conditionNeeds: readonly Effect[] = ["fields", "parsed"];

/**
 * An output's own condition as a part of its chain, which has all that a filter's condition has: a failure is noted on the event, which goes on; a user's
 * code has only so much time.
 *
 * @param onUnwanted told of each event that the output is not to have
 */
export function conditionOf(when: unknown, onUnwanted: () => void): FilterSpec | undefined {
  if (when === undefined) return undefined;
  const unwanted = defineFilter({
    name: "unwanted",
    description: "Ends an event's way to an output whose condition does not hold.",
    schema: Type.Object({}),
    effects: () => ["flow"],
    create: () => ({
      apply: () => {
        onUnwanted();
        return false;
      },
    }),
  });
  return {
    kind: "when",
    name: "output",
    condition: parseCondition(when),
    source: when,
    matched: [],
    otherwise: [{ kind: "filter", name: "unwanted", definition: unwanted, options: {} as never }],
  };
}
