import { Type } from "typebox";
import { changeFields } from "./convert-fields.ts";
import { checkTargetKeys, effectsOn, fieldMapOption } from "./field-option.ts";
import { defineFilter, FilterFailure } from "./filter.ts";

/** Makes lists of texts. */
export const split = defineFilter({
  name: "split",
  description: "Makes lists of texts, one of the parts between a separator; the event stays one.",
  schema: Type.Object({
    fields: fieldMapOption("Separators by the names of the fields; an empty one parts every character."),
    partsMax: Type.Integer({
      default: 10_000,
      minimum: 1,
      maximum: 1_000_000,
      description: "Parts that a text may have; one with more stays as it is, and is a failure.",
    }),
  }),
  failureTag: "_mutate_error",
  effects: ({ fields }) => effectsOn(Object.keys(fields)),
  check: ({ fields }) => checkTargetKeys(fields, ["fields"]),
  create: ({ fields, partsMax }) =>
    changeFields(
      Object.entries(fields).map(([field, separator]) => [
        field,
        (value) => {
          if (typeof value !== "string") return value;
          const parts = value.split(separator, partsMax + 1);
          if (parts.length > partsMax) throw new FilterFailure(`has more than ${partsMax} parts`);
          return parts;
        },
      ]),
    ),
});
