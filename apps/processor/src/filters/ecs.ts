import { toEcs } from "@gatelog/log-record";
import { Type } from "typebox";
import { defineFilter, FilterFailure } from "./filter.ts";

/** Makes the document of Elasticsearch. */
export const ecs = defineFilter({
  name: "ecs",
  description: "Makes the document for Elasticsearch, with ECS names, of what parseRecord read; filters behind it change that document.",
  schema: Type.Object({}),
  effects: () => ["document"],
  create: () => ({
    apply: (event) => {
      if (event.parsed === undefined) throw new FilterFailure("parseRecord did not read the line: put it before ecs");
      event.document = toEcs(event.parsed, event, event.message);
    },
  }),
});
