import { Type } from "typebox";
import { changeFields, eachText } from "./convert-fields.ts";
import { checkTargets, effectsOn, fieldsOption } from "./field-option.ts";
import { defineFilter } from "./filter.ts";

/** Writes texts in capital letters, also each text of a list. */
export const uppercase = defineFilter({
  name: "uppercase",
  description: "Writes texts in capital letters, also each text of a list.",
  schema: Type.Object({ fields: fieldsOption("Names of the fields.") }),
  failureTag: "_mutate_error",
  effects: ({ fields }) => effectsOn(fields),
  check: ({ fields }) => checkTargets(fields, ["fields"]),
  create: ({ fields }) => changeFields(fields.map((field) => [field, eachText((text) => text.toUpperCase())])),
});
