import { Type } from "typebox";
import { changeFields, eachText } from "./convert-fields.ts";
import { checkTargets, effectsOn, fieldsOption } from "./field-option.ts";
import { defineFilter } from "./filter.ts";

/** Small letters. */
export const lowercase = textFilter("lowercase", "Writes texts in small letters, also each text of a list.", (text) => text.toLowerCase());

/** Capital letters. */
export const uppercase = textFilter("uppercase", "Writes texts in capital letters, also each text of a list.", (text) =>
  text.toUpperCase(),
);

/** No white space at either end. */
export const trim = textFilter("trim", "Takes white space off both ends of texts, also of each text of a list.", (text) => text.trim());

/** A filter that changes the texts of the fields that it is given, each in the same way. */
function textFilter(name: string, description: string, change: (text: string) => string) {
  return defineFilter({
    name,
    description,
    schema: Type.Object({ fields: fieldsOption("Names of the fields.") }),
    failureTag: "_mutate_error",
    effects: ({ fields }) => effectsOn(fields),
    check: ({ fields }) => checkTargets(fields, ["fields"]),
    create: ({ fields }) => changeFields(fields.map((field) => [field, eachText(change)])),
  });
}
