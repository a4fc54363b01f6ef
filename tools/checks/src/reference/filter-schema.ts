import { toEditorSchema } from "@gatelog/service-kit/reference";
import type { FilterReference } from "./load-projects.ts";

type Schema = Readonly<Record<string, unknown>>;

const filterRef = { $ref: "#/$defs/filter" };
const conditionRef = { $ref: "#/$defs/condition" };
const filterList = { type: "array", items: filterRef };

/** The schema for editors of processor.yaml, with the filters and conditions that its own schema leaves open, since the processor reads them itself. */
export function withFilters(editorSchema: Record<string, unknown>, filters: readonly FilterReference[]): Record<string, unknown> {
  const { properties, ...rest } = editorSchema as { properties: Record<string, Record<string, unknown>> };
  const { items } = properties["outputs"] as { items: { properties: Record<string, Schema> } };
  const output = { ...items, properties: { ...items.properties, when: { ...items.properties["when"], ...conditionRef } } };
  return {
    ...rest,
    properties: {
      ...properties,
      filters: { ...properties["filters"], ...filterList },
      outputs: { ...properties["outputs"], items: output },
    },
    $defs: { filter: filterSchema(filters), condition: conditionSchema },
  };
}

function filterSchema(filters: readonly FilterReference[]): Schema {
  // A script is a function, which YAML has none of.
  const written = filters
    .filter(({ name }) => name !== "script")
    .map(({ name, description, schema }) => ({ name, options: optionsSchema(schema, description) }));
  const alone = written.filter(({ options }) => (options["required"] as unknown[]).length === 0).map(({ name }) => name);
  return { anyOf: [{ enum: alone, description: "A filter with its defaults." }, entrySchema(written), whenSchema] };
}

function optionsSchema(schema: FilterReference["schema"], description: string): Schema {
  const { $schema: _dialect, title: _title, ...options } = toEditorSchema(schema, "");
  return { ...options, description };
}

/** `{ grok: {…}, as, when }`: one filter, with what may stand beside it. */
function entrySchema(written: readonly { readonly name: string; readonly options: Schema }[]): Schema {
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(written.map(({ name, options }) => [name, options])),
      as: nameSchema,
      when: { ...conditionRef, description: "Which events it is for; by default all." },
    },
    oneOf: written.map(({ name }) => ({ required: [name] })),
    additionalProperties: false,
  };
}

const nameSchema = {
  type: "string",
  pattern: "^[A-Za-z][A-Za-z0-9_-]{0,63}$",
  description: "Another name in metrics and in the graph.",
};

const whenSchema = {
  type: "object",
  required: ["when", "do"],
  properties: {
    when: { ...conditionRef, description: "Which events are meant." },
    do: { ...filterList, description: "Filters for them." },
    else: { ...filterList, description: "Filters for the others." },
    as: nameSchema,
  },
  additionalProperties: false,
};

const comparand = { type: ["string", "number", "boolean", "null"] };
const bound = { type: ["string", "number"] };

/** What a field may be compared by, with what it means; in the order of the reference. */
export const comparisons = {
  equals: { ...comparand, description: "The field is this; a number is equal to its digits." },
  in: { type: "array", items: comparand, description: "It is one of these." },
  contains: { ...comparand, description: "Its text has this in it; a list has this as a member." },
  matches: { type: "string", description: "A regular expression (RE2) is found in its text." },
  exists: { type: "boolean", description: "It is there (true), or not (false)." },
  gt: { ...bound, description: "It is greater than this." },
  gte: { ...bound, description: "It is this, or greater." },
  lt: { ...bound, description: "It is less than this." },
  lte: { ...bound, description: "It is this, or less." },
} as const;

const conditionList = { type: "array", items: conditionRef, minItems: 1 };

const conditionSchema = {
  anyOf: [
    {
      type: "object",
      required: ["field"],
      minProperties: 2,
      properties: { field: { type: "string", description: "Field that is compared, such as record.status." }, ...comparisons },
      additionalProperties: false,
    },
    ...(["all", "any"] as const).map((name) => ({
      type: "object",
      required: [name],
      properties: { [name]: { ...conditionList, description: `Holds where ${name} of these hold.` } },
      additionalProperties: false,
    })),
    {
      type: "object",
      required: ["not"],
      properties: { not: { ...conditionRef, description: "Holds where this does not." } },
      additionalProperties: false,
    },
  ],
};
