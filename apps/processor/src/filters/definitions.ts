import { drop } from "./drop.ts";
import { ecs } from "./ecs.ts";
import type { FilterDefinition } from "./filter.ts";
import { parseRecord } from "./parse-record.ts";

/** All kinds of filters, by name. */
export const filterDefinitions: ReadonlyMap<string, FilterDefinition> = new Map(
  [parseRecord, ecs, drop].map((definition) => [definition.name, definition as FilterDefinition]),
);
