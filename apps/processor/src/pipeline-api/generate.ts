import { recordSchema } from "@gatelog/log-record";
import type { JsonSchema } from "@gatelog/service-kit";
import { configSchema } from "../config.ts";
import { filterDefinitions } from "../filters/definitions.ts";
import { isOptional, typeText } from "./type-text.ts";

/** What a filter adds to an event, for the compiler. */
const refinements: Readonly<Record<string, string>> = { parseRecord: "E & Parsed", ecs: "E & WithDocument" };

/** Filters in one `pipe`. */
const pipeLengthMax = 32;

/** The text of `generated/api.ts`: a builder for every input, filter and output, and the types of all keys, from the schemas that check a configuration. */
export function generateApi(): string {
  const { inputs, filters: _, outputs, ...others } = configSchema.properties;
  const keys = { type: "object", properties: others, required: configSchema.required } as unknown as JsonSchema;
  const kinds = { Input: kindsOf(inputs), Output: kindsOf(outputs) };
  return [
    "// Made by `npm run reference` from the schemas of the configuration.",
    'import type { Filter, Filters, Input, Output, OutputPlace, Parsed, Place, PipelineEvent, WithDocument } from "../types.ts";',
    "",
    `export type EventRecord = ${typeText(recordSchema)};`,
    `export type PipelineKeys = ${typeText(keys)};`,
    ...Object.entries(kinds.Input).map(([kind, shape]) => endBuilder(kind, shape, "Input", kind in kinds.Output)),
    ...Object.entries(kinds.Output).map(([kind, shape]) => endBuilder(kind, shape, "Output", kind in kinds.Input)),
    ...[...filterDefinitions.values()].map(({ name, description, schema }) =>
      filterBuilder(name, { ...(schema as JsonSchema), description }),
    ),
    ...pipeSignatures(),
    "export function pipe(...filters: readonly object[]): Filters<never, unknown> {",
    "  return filters;",
    "}",
    "",
  ].join("\n");
}

/** The kinds of inputs or outputs: keys of which exactly one is given. */
function kindsOf(list: unknown): Readonly<Record<string, JsonSchema>> {
  const { items } = list as { readonly items: JsonSchema };
  const kinds = (items.oneOf ?? []).flatMap(({ required = [] }) => required);
  return Object.fromEntries(kinds.map((kind) => [kind, items.properties?.[kind] ?? {}]));
}

/** An input and an output of the same kind have names that tell them apart. */
function endBuilder(kind: string, shape: JsonSchema, end: "Input" | "Output", isShared: boolean): string {
  const options = `${capital(kind)}${end}Options`;
  const place = end === "Output" ? ", place: OutputPlace = {}" : "";
  return builder({
    shape,
    options,
    signature: `${isShared ? kind + end : kind}(options: ${options}${initial(shape)}${place}): ${end}`,
    value: `{ ${kind}: options${end === "Output" ? ", ...place" : ""} } as object`,
  });
}

function filterBuilder(name: string, shape: JsonSchema): string {
  const isOfEvent = JSON.stringify(shape).includes(`"typescript":`);
  const options = `${capital(name)}Options${isOfEvent ? "<E>" : ""}`;
  return builder({
    shape,
    options,
    signature: `${name}<E extends PipelineEvent = PipelineEvent>(options: ${options}${initial(shape)}, place: Place<E> = {}): Filter<E, ${refinements[name] ?? "E"}>`,
    value: `{ ${name}: options, ...place } as object`,
  });
}

interface Builder {
  readonly shape: JsonSchema;
  readonly options: string;
  readonly signature: string;
  readonly value: string;
}

function builder({ shape, options, signature, value }: Builder): string {
  const comment = shape.description === undefined ? "" : `/** ${shape.description} */\n`;
  return `\nexport type ${options} = ${typeText(shape)};\n\n${comment}export function ${signature} {\n  return ${value};\n}`;
}

/** Options may be left out where none of them is needed. */
function initial(shape: JsonSchema): string {
  return isOptional(shape) ? " = {}" : "";
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function pipeSignatures(): string[] {
  const lines = [
    "",
    "/** Filters in a row, of which each sees what those before it found: behind `parseRecord()` the compiler knows the record's fields. */",
  ];
  for (let length = 1; length <= pipeLengthMax; length += 1) {
    const types = Array.from({ length: length + 1 }, (_, index) => `E${index}`);
    const filters = types.slice(1).map((type, index) => `f${index}: Filter<E${index}, ${type}>`);
    lines.push(`export function pipe<${types.join(", ")}>(${filters.join(", ")}): Filters<E0, E${length}>;`);
  }
  return lines;
}
