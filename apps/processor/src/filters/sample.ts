import { Type } from "typebox";
import { defineFilter } from "./filter.ts";
import { murmur3 } from "./hash.ts";

const hashes = 2 ** 32;

/** Keeps a share of the events. */
export const sample = defineFilter({
  name: "sample",
  description:
    "Keeps a share of the events and drops the others, for every output; decided by the event's id, so that an event that comes again is decided alike.",
  schema: Type.Object({
    share: Type.Number({ exclusiveMinimum: 0, maximum: 1, description: "Share that is kept, such as 0.1 for one in ten." }),
    salt: Type.String({
      default: "",
      maxLength: 256,
      description: "Any text; with another one, another sample draws independently of this one.",
    }),
  }),
  effects: () => ["flow"],
  create: ({ share, salt }) => {
    const seed = salt === "" ? 0 : murmur3(salt);
    return { apply: ({ id }) => murmur3(id, seed) < share * hashes };
  },
});
