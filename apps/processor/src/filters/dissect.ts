import { Type } from "typebox";
import { converted } from "./convert.ts";
import { type DissectPart, dissectText, parseDissect } from "./dissect-pattern.ts";
import { checkSource, checkTarget, effectsOn, fieldOption, pathOf } from "./field-option.ts";
import { defineFilter, FilterFailure, type OptionProblem } from "./filter.ts";
import { putField } from "./merge-data.ts";
import type { WorkEvent } from "../work-event.ts";

const schema = Type.Object({
  source: fieldOption("Field that is taken apart.", "message"),
  pattern: Type.String({
    minLength: 1,
    description:
      "Fields with the delimiters between them: %{name}; %{+name} appends, with the delimiter before it, %{+name/2} in that order; %{} and %{?name} find, but keep nothing; %{&name} is the value of the field that %{?name} found the name of; %{name->} takes several delimiters behind it as one.",
  }),
  convert: Type.Record(Type.String(), Type.Union([Type.Literal("integer"), Type.Literal("float"), Type.Literal("boolean")]), {
    default: {},
    description: "Types by the names of found fields: integer, float, boolean.",
  }),
});

/** What a pattern's field becomes of the parts that were found. */
type Assembly = (event: WorkEvent, found: readonly string[]) => void;

/** Takes a text apart by its delimiters. */
export const dissect = defineFilter({
  name: "dissect",
  description:
    "Takes a text apart by the delimiters in it, without regular expressions; a text that is not as the pattern says stays as it is.",
  schema,
  failureTag: "_dissectfailure",
  effects: ({ pattern, convert }) => effectsOn([...targetsOf(pattern), ...Object.keys(convert), "tags"]),
  check: ({ source, pattern, convert }) => {
    const parsed = parseDissect(pattern);
    if (typeof parsed === "string") return [{ path: ["pattern"], message: parsed }];
    const targets = targetsOf(pattern);
    return [
      ...checkSource(source, ["source"]),
      ...targets.flatMap((name) => checkTarget(name, ["pattern"])),
      ...Object.keys(convert).flatMap((name) => checkConvert(name, targets)),
    ];
  },
  create: ({ source, pattern, convert }) => {
    const from = pathOf(source);
    const parsed = parseDissect(pattern);
    if (typeof parsed === "string") throw new Error(parsed);
    const assemblies = assembliesOf(parsed.parts);
    const conversions = Object.entries(convert).map(([name, type]) => ({ name, path: pathOf(name), type }));
    return {
      apply: (event) => {
        const text = from.get(event);
        if (text === undefined || text === null) return;
        const found = typeof text === "string" ? dissectText(text, parsed) : undefined;
        if (found === undefined) throw new FilterFailure(`${source} is not as the pattern says`);
        for (const assemble of assemblies) assemble(event, found);
        for (const { path, type } of conversions) {
          const value = path.get(event);
          if (value !== undefined) path.set(event, converted(value, type));
        }
      },
    };
  },
});

function targetsOf(pattern: string): string[] {
  const parsed = parseDissect(pattern);
  if (typeof parsed === "string") return [];
  return parsed.parts.filter(({ kind }) => kind === "field" || kind === "append").map(({ name }) => name);
}

function checkConvert(name: string, targets: readonly string[]): OptionProblem[] {
  if (targets.includes(name)) return [];
  return [{ path: ["convert", name], message: "is no field that the pattern finds" }];
}

function assembliesOf(parts: readonly DissectPart[]): Assembly[] {
  const names = new Set(parts.filter(({ kind }) => kind === "field" || kind === "append").map(({ name }) => name));
  const fields = Array.from(names, (name) => assembleField(name, parts));
  const values = parts.flatMap((part, index) => (part.kind === "value" ? [assembleValue(part.name, index, parts)] : []));
  return [...fields, ...values];
}

/** A field's own part first, then those that are appended, in their order. */
function assembleField(name: string, parts: readonly DissectPart[]): Assembly {
  const path = pathOf(name);
  const pieces = parts
    .map((part, index) => ({ part, index }))
    .filter(({ part }) => part.name === name && (part.kind === "field" || part.kind === "append"))
    .sort((a, b) => Number(a.part.kind === "append") - Number(b.part.kind === "append") || a.part.order - b.part.order);
  const isAppendedOnly = pieces[0]?.part.kind === "append";
  return (event, found) => {
    const known = isAppendedOnly ? path.get(event) : undefined;
    let text = typeof known === "string" && !path.isMessage ? known : "";
    for (const { part, index } of pieces) text += (text === "" ? "" : part.before || part.after || " ") + (found[index] ?? "");
    path.set(event, text);
  };
}

function assembleValue(name: string, index: number, parts: readonly DissectPart[]): Assembly {
  const keyIndex = parts.findIndex((part) => part.kind !== "value" && part.name === name);
  return (event, found) => {
    const key = found[keyIndex] ?? "";
    if (key !== "") putField(event, key, found[index]);
  };
}
