import { parseLine } from "@gatelog/log-record";
import { Type } from "typebox";
import { defineFilter } from "./filter.ts";

/** Reads the line. */
export const parseRecord = defineFilter({
  name: "parseRecord",
  description:
    "Reads the line as a record of a gatelog gateway, or of the seed's seven fields; its fields are then `record.status` and so on.",
  schema: Type.Object({}),
  effects: () => ["parsed"],
  create: (_, { seedTimeZone }) => ({
    apply: (event) => {
      event.parsed = parseLine(event.line, { seedTimeZone });
    },
  }),
});
