import { type TArray, type TRecord, type TString, Type } from "typebox";
import { FieldPath } from "./field-path.ts";
import type { Effect, OptionProblem } from "./filter.ts";

type Path = readonly (string | number)[];

const characters = { minLength: 1, maxLength: 512 } as const;

/** An option that is the name of a field, `a.b.c` or `[a][b.c]`; with `checkSource` or `checkTarget` in the filter's `check`. */
export function fieldOption(description: string, by?: string): TString {
  return Type.String({ ...characters, description, ...(by !== undefined && { default: by }) });
}

/** An option that is a list of names of fields. */
export function fieldsOption(description: string): TArray<TString> {
  return Type.Array(Type.String(characters), { minItems: 1, description });
}

/** An option that has another name, or a text, for each of several fields. */
export function fieldMapOption(description: string): TRecord<"^.*$", TString> {
  return Type.Record(Type.String(), Type.String(), { minProperties: 1, description });
}

/** What is wrong with the name of a field that is read. */
export function checkSource(text: string, path: Path): OptionProblem[] {
  const parsed = FieldPath.parse(text);
  if (typeof parsed === "string") return [{ path, message: parsed }];
  if (parsed.isMessage && !isWholeMessage(text)) return [{ path, message: `"${text}" is no field: the message is a text` }];
  return [];
}

/** What is wrong with the name of a field that is changed: id, time and type of an event are fixed once. */
export function checkTarget(text: string, path: Path): OptionProblem[] {
  const problems = checkSource(text, path);
  if (problems.length > 0) return problems;
  if (pathOf(text).isFixed) return [{ path, message: `"${text}" cannot be changed: an event's id, time, type and record are fixed once` }];
  if (/^(?:gatelog(?:\.|$)|\[gatelog\])/.test(text))
    return [{ path, message: `"${text}" cannot be changed: gatelog holds the event's identity` }];
  return [];
}

/** The same for a list of fields. */
export function checkTargets(texts: readonly string[], path: Path): OptionProblem[] {
  return texts.flatMap((text, index) => checkTarget(text, [...path, index]));
}

/** The same for the keys of an object. */
export function checkTargetKeys(options: Readonly<Record<string, unknown>>, path: Path): OptionProblem[] {
  return Object.keys(options).flatMap((text) => checkTarget(text, [...path, text]));
}

/** The place that a checked name means. */
export function pathOf(text: string): FieldPath {
  const path = FieldPath.parse(text);
  if (typeof path === "string") throw new Error(path);
  return path;
}

/** What a filter changes that changes these fields; names that are none yet, as `check` will say, count as fields. */
export function effectsOn(texts: readonly string[]): readonly Effect[] {
  const messages = texts.filter(isWholeMessage).length;
  return [...(messages > 0 ? (["message"] as const) : []), ...(messages < texts.length ? (["fields"] as const) : [])];
}

function isWholeMessage(text: string): boolean {
  return text === "message" || text === "[message]";
}
