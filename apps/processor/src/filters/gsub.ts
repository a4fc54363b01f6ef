import { Type } from "typebox";
import { changeFields, eachText } from "./convert-fields.ts";
import { checkTarget, effectsOn, fieldOption } from "./field-option.ts";
import { defineFilter, type OptionProblem } from "./filter.ts";

/** Replaces parts of texts. */
export const gsub = defineFilter({
  name: "gsub",
  description: "Replaces every part of a text that a regular expression matches, also in each text of a list.",
  schema: Type.Object({
    field: fieldOption("Name of the field."),
    pattern: Type.String({ minLength: 1, description: "Regular expression, as JavaScript has it." }),
    replacement: Type.String({ description: "Text instead; $1 or $<name> is what a group matched, $& the whole, $$ a dollar sign." }),
    ignoreCase: Type.Boolean({ default: false, description: "Small and capital letters count as the same." }),
  }),
  isBoxed: true,
  failureTag: "_mutate_error",
  effects: ({ field }) => effectsOn([field]),
  check: ({ field, pattern }) => [...checkTarget(field, ["field"]), ...checkExpression(pattern)],
  create: ({ field, pattern, replacement, ignoreCase }) => {
    const expression = new RegExp(pattern, ignoreCase ? "gi" : "g");
    return changeFields([[field, eachText((text) => text.replace(expression, replacement))]]);
  },
});

function checkExpression(pattern: string): OptionProblem[] {
  try {
    void new RegExp(pattern);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ path: ["pattern"], message: `"${pattern}" is no regular expression: ${reason}` }];
  }
}
