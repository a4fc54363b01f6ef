import { Type } from "typebox";
import { checkSource, checkTarget, effectsOn, fieldOption, pathOf } from "./field-option.ts";
import { defineFilter, FilterFailure } from "./filter.ts";
import { putFields, putMessage } from "./merge-data.ts";

/** What is nested deeper cannot be written again, nor stored. */
const depthMax = 100;

type Values = Record<string, unknown>;

const schema = Type.Object({
  source: fieldOption("Field that holds JSON text.", "message"),
  target: Type.Optional(
    fieldOption(
      "Field that becomes the object. Without it the object's keys become fields of the event; of these, message (see overwriteMessage), gatelog, @metadata, and tags and @timestamp that are none, are kept with an underscore before them.",
    ),
  ),
  overwriteMessage: Type.Boolean({
    default: false,
    description: "Without target: the object's key message becomes the event's line, for every output.",
  }),
  skipInvalid: Type.Boolean({ default: false, description: "Text that is no JSON object is left as it is, and is no failure." }),
});

/** Reads JSON text into fields. */
export const json = defineFilter({
  name: "json",
  description: "Reads a field that holds the text of a JSON object, and makes fields of it.",
  schema,
  failureTag: "_jsonparsefailure",
  effects: ({ target, overwriteMessage }) =>
    target === undefined ? [...(overwriteMessage ? (["message"] as const) : []), "fields"] : effectsOn([target]),
  check: ({ source, target, overwriteMessage }) => [
    ...checkSource(source, ["source"]),
    ...(target === undefined ? [] : checkTarget(target, ["target"])),
    ...(target !== undefined && overwriteMessage
      ? [{ path: ["overwriteMessage"], message: "has no meaning beside target: remove one of them" }]
      : []),
  ],
  create: ({ source, target, overwriteMessage, skipInvalid }) => {
    const from = pathOf(source);
    const to = target === undefined ? undefined : pathOf(target);
    return {
      apply: (event) => {
        const text = from.get(event);
        if (text === undefined || text === null) return;
        const read = readObject(text);
        if (typeof read === "string") {
          if (skipInvalid) return;
          throw new FilterFailure(`${source} ${read}`);
        }
        if (to !== undefined) return to.set(event, read);
        const { message, ...values } = read;
        putFields(event, overwriteMessage ? values : read);
        if (overwriteMessage && message !== undefined) putMessage(event, message);
      },
    };
  },
});

/** The object, or what is wrong with the text. */
function readObject(text: unknown): Values | string {
  if (typeof text !== "string") return "is no text";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "holds JSON, but no object";
  // A level takes a bracket at each end, at the least.
  if (text.length > 2 * depthMax && isDeeper(value, depthMax)) return `is nested deeper than ${depthMax} levels`;
  return value as Values;
}

function isDeeper(value: object, levels: number): boolean {
  if (levels === 0) return true;
  for (const key in value) {
    const inner = (value as Values)[key];
    if (typeof inner === "object" && inner !== null && isDeeper(inner, levels - 1)) return true;
  }
  return false;
}
