import { Type } from "typebox";
import { checkTargetKeys, effectsOn, pathOf } from "./field-option.ts";
import { defineFilter } from "./filter.ts";
import { checkTemplate, compileTemplate } from "./set-template.ts";

const schema = Type.Object({
  fields: Type.Record(Type.String(), Type.Unknown(), {
    minProperties: 1,
    description:
      "Values by the names of their fields; texts may have other fields in them, `%{field}`, which stays so where the field is missing.",
  }),
  onlyIfMissing: Type.Boolean({ default: false, description: "Leaves fields alone that are there already." }),
});

/** Gives fields a value. */
export const set = defineFilter({
  name: "set",
  description: "Gives fields a value, in the order in which they are written; fields that are there are replaced.",
  schema,
  failureTag: "_mutate_error",
  effects: ({ fields }) => effectsOn(Object.keys(fields)),
  check: ({ fields }) => [
    ...checkTargetKeys(fields, ["fields"]),
    ...Object.entries(fields).flatMap(([name, value]) => checkTemplate(value, ["fields", name])),
  ],
  create: ({ fields, onlyIfMissing }) => {
    const places = Object.entries(fields).map(([name, value]) => ({ path: pathOf(name), valueOf: compileTemplate(value) }));
    return {
      apply: (event) => {
        for (const { path, valueOf } of places) {
          if (onlyIfMissing && !isMissing(path.get(event))) continue;
          path.set(event, valueOf(event));
        }
      },
    };
  },
});

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
