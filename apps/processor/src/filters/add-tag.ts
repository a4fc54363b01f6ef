import { Type } from "typebox";
import { defineFilter } from "./filter.ts";
import { checkTemplate, compileText } from "./set-template.ts";

/** Adds tags. */
export const addTag = defineFilter({
  name: "addTag",
  description: "Adds tags that the event does not have yet.",
  schema: Type.Object({
    tags: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: "The tags; they may have fields in them, `%{field}`." }),
  }),
  effects: () => ["fields"],
  check: ({ tags }) => tags.flatMap((tag, index) => checkTemplate(tag, ["tags", index])),
  create: ({ tags }) => {
    const texts = tags.map(compileText);
    return {
      apply: (event) => {
        for (const textFor of texts) event.addTag(textFor(event));
      },
    };
  },
});
