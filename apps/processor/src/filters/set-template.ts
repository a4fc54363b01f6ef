import { checkSource, pathOf } from "./field-option.ts";
import { textOf } from "./field-path.ts";
import type { OptionProblem } from "./filter.ts";
import type { WorkEvent } from "../work-event.ts";

/** Makes a value for an event. */
export type ValueTemplate = (event: WorkEvent) => unknown;

const referencePattern = /%\{([^{}]*)\}/;

/** What is wrong with a value whose texts may have fields in them, `%{field}`. */
export function checkTemplate(value: unknown, path: readonly (string | number)[]): OptionProblem[] {
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, inner]) => checkTemplate(inner, [...path, key]));
  if (typeof value !== "string") return [];
  return value
    .split(referencePattern)
    .filter((_, index) => index % 2 === 1)
    .flatMap((name) =>
      name.startsWith("+") ? [{ path, message: `%{${name}} is a date, which is not known here: name a field` }] : checkSource(name, path),
    );
}

/** Compiles such a value; a field that is not there stays as it is written, `%{field}`, as in Logstash. */
export function compileTemplate(value: unknown): ValueTemplate {
  if (typeof value === "string") return compileText(value);
  if (typeof value !== "object" || value === null) return () => value;
  if (Array.isArray(value)) {
    const parts = value.map(compileTemplate);
    return (event) => parts.map((part) => part(event));
  }
  const parts = Object.entries(value).map(([key, inner]) => [key, compileTemplate(inner)] as const);
  return (event) => Object.fromEntries(parts.map(([key, part]) => [key, part(event)]));
}

/** Compiles a text with fields in it. */
export function compileText(text: string): (event: WorkEvent) => string {
  // Splitting by a pattern with a group gives texts and names of fields in turn.
  const parts = text.split(referencePattern);
  if (parts.length === 1) return () => text;
  const compiled = parts.map((part, index) => (index % 2 === 1 ? { name: part, path: pathOf(part) } : part));
  return (event) => {
    let filled = "";
    for (const part of compiled) {
      if (typeof part === "string") filled += part;
      else {
        const value = part.path.get(event);
        filled += value === undefined ? `%{${part.name}}` : textOf(value);
      }
    }
    return filled;
  };
}
