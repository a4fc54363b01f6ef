import { Type } from "typebox";
import { checkTarget, checkTargetKeys, effectsOn, fieldMapOption, pathOf } from "./field-option.ts";
import { defineFilter } from "./filter.ts";

/** Gives fields other names. */
export const rename = defineFilter({
  name: "rename",
  description: "Gives fields other names; a field that has the new name is replaced, and one that is missing left out.",
  schema: Type.Object({ fields: fieldMapOption("New names by the old ones.") }),
  failureTag: "_mutate_error",
  effects: ({ fields }) => effectsOn(Object.entries(fields).flat()),
  check: ({ fields }) => [
    ...checkTargetKeys(fields, ["fields"]),
    ...Object.entries(fields).flatMap(([from, to]) => checkTarget(to, ["fields", from])),
  ],
  create: ({ fields }) => {
    const pairs = Object.entries(fields).map(([from, to]) => ({ from: pathOf(from), to: pathOf(to) }));
    return {
      apply: (event) => {
        for (const { from, to } of pairs) {
          const value = from.get(event);
          if (value === undefined) continue;
          from.remove(event);
          to.set(event, value);
        }
      },
    };
  },
});
