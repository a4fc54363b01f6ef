import { Type } from "typebox";
import { checkSource, checkTarget, effectsOn, fieldMapOption, pathOf } from "./field-option.ts";
import { defineFilter } from "./filter.ts";

/** Copies fields. */
export const copy = defineFilter({
  name: "copy",
  description: "Copies fields to others, which are replaced; a field that is missing is left out.",
  schema: Type.Object({ fields: fieldMapOption("The copies' names by the names of what is copied; id, time and type may be copied too.") }),
  failureTag: "_mutate_error",
  effects: ({ fields }) => effectsOn(Object.values(fields)),
  check: ({ fields }) =>
    Object.entries(fields).flatMap(([from, to]) => checkSource(from, ["fields", from]).concat(checkTarget(to, ["fields", from]))),
  create: ({ fields }) => {
    const pairs = Object.entries(fields).map(([from, to]) => ({ from: pathOf(from), to: pathOf(to) }));
    return {
      apply: (event) => {
        for (const { from, to } of pairs) {
          const value = from.get(event);
          if (value !== undefined) to.set(event, typeof value === "object" ? structuredClone(value) : value);
        }
      },
    };
  },
});
