import { Type } from "typebox";
import { defineFilter } from "./filter.ts";

/** Ends an event's way. */
export const drop = defineFilter({
  name: "drop",
  description: "Drops the event, for every output; counted. Give it a condition with `when`.",
  schema: Type.Object({}),
  effects: () => ["flow"],
  create: () => ({ apply: () => false }),
});
