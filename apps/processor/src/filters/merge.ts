import { Type } from "typebox";
import { checkSource, checkTargetKeys, effectsOn, fieldMapOption, pathOf } from "./field-option.ts";
import { assignField } from "./field-path.ts";
import { defineFilter } from "./filter.ts";
import { isPlainObject } from "../plain-object.ts";

/** Adds what one field has to another. */
export const merge = defineFilter({
  name: "merge",
  description: "Adds a field's values to another field: two objects become one, everything else a list.",
  schema: Type.Object({ fields: fieldMapOption("The field whose values are added, by the name of the field that gets them.") }),
  failureTag: "_mutate_error",
  effects: ({ fields }) => effectsOn(Object.keys(fields)),
  check: ({ fields }) => [
    ...checkTargetKeys(fields, ["fields"]),
    ...Object.entries(fields).flatMap(([to, from]) => checkSource(from, ["fields", to])),
  ],
  create: ({ fields }) => {
    const pairs = Object.entries(fields).map(([to, from]) => ({ to: pathOf(to), from: pathOf(from) }));
    return {
      apply: (event) => {
        for (const { to, from } of pairs) {
          const added = from.get(event);
          if (added !== undefined) to.set(event, merged(to.get(event), structuredClone(added)));
        }
      },
    };
  },
});

function merged(known: unknown, added: unknown): unknown {
  if (known === undefined) return added;
  if (!isPlainObject(known) || !isPlainObject(added)) return [known, added].flat();
  const both = { ...known };
  for (const [key, value] of Object.entries(added)) assignField(both, key, value);
  return both;
}
