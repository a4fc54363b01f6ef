import { Type } from "typebox";
import { checkTargets, effectsOn, fieldsOption, pathOf } from "./field-option.ts";
import { defineFilter } from "./filter.ts";

/** Takes fields away. */
export const remove = defineFilter({
  name: "remove",
  description: "Takes fields away; the message becomes an empty text.",
  schema: Type.Object({ fields: fieldsOption("Names of the fields.") }),
  failureTag: "_mutate_error",
  effects: ({ fields }) => effectsOn(fields),
  check: ({ fields }) => checkTargets(fields, ["fields"]),
  create: ({ fields }) => {
    const paths = fields.map(pathOf);
    return {
      apply: (event) => {
        for (const path of paths) path.remove(event);
      },
    };
  },
});
