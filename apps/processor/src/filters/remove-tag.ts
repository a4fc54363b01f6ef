import { Type } from "typebox";
import { defineFilter } from "./filter.ts";

/** Takes tags away. */
export const removeTag = defineFilter({
  name: "removeTag",
  description: "Takes tags away that the event has, at this place of the pipeline.",
  schema: Type.Object({ tags: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: "The tags." }) }),
  effects: () => ["fields"],
  create: ({ tags }) => {
    const removed = new Set(tags);
    return {
      apply: (event) => {
        const { tags: known } = event;
        const left = known.filter((tag) => !removed.has(tag));
        if (left.length < known.length) event.root["tags"] = left;
      },
    };
  },
});
