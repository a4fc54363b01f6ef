import { Type } from "typebox";
import { changeFields } from "./convert-fields.ts";
import { checkTargetKeys, effectsOn, fieldMapOption } from "./field-option.ts";
import { textOf } from "./field-path.ts";
import { defineFilter } from "./filter.ts";

/** Makes texts of lists. */
export const join = defineFilter({
  name: "join",
  description: "Makes texts of lists, with a separator between the values; what is no list stays as it is.",
  schema: Type.Object({ fields: fieldMapOption("Separators by the names of the fields.") }),
  failureTag: "_mutate_error",
  effects: ({ fields }) => effectsOn(Object.keys(fields)),
  check: ({ fields }) => checkTargetKeys(fields, ["fields"]),
  create: ({ fields }) =>
    changeFields(
      Object.entries(fields).map(([field, separator]) => [
        field,
        (value) => (Array.isArray(value) ? value.map(textOf).join(separator) : value),
      ]),
    ),
});
