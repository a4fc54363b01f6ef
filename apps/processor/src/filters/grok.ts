import { type Static, Type } from "typebox";
import { type Capture, type CaptureType, compileGrok, type GrokOptions } from "./grok-compile.ts";
import { grokPatterns } from "./grok-patterns/index.ts";
import { checkSource, checkTarget, checkTargets, effectsOn, fieldOption, pathOf } from "./field-option.ts";
import { assignField, type FieldPath } from "./field-path.ts";
import { defineFilter, FilterFailure, type OptionProblem } from "./filter.ts";
import type { WorkEvent } from "../work-event.ts";

const schema = Type.Object({
  source: fieldOption("Field that the patterns are matched on.", "message"),
  match: Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    description:
      "Patterns, tried in turn: regular expressions with %{NAME}, %{NAME:field} and %{NAME:field:int} (or float, boolean) in them, and groups (?<field>…).",
  }),
  patterns: Type.Record(Type.String(), Type.String(), {
    default: {},
    description: "Own patterns by name; they go before those that are known.",
  }),
  target: Type.Optional(fieldOption("Field below which all found fields are put.")),
  breakOnMatch: Type.Boolean({
    default: true,
    description: "Ends at the first pattern that matches; false adds the fields of the others.",
  }),
  overwrite: Type.Array(Type.String(), {
    default: [],
    description:
      "Fields that are replaced by what is found; what another field has already is kept, and the found value added to it as a list. Without message here the line is kept, and a found message becomes _message.",
  }),
  namedCapturesOnly: Type.Boolean({ default: true, description: "False makes fields of %{IP} too, named as the pattern." }),
  keepEmptyCaptures: Type.Boolean({ default: false, description: "Makes fields of captures that are empty, too." }),
  tagOnFailure: Type.Optional(
    Type.Array(Type.String(), {
      description: "Tags for a text that no pattern matches; then that is no failure. Default: a failure, with the tag _grokparsefailure.",
    }),
  ),
});
type Options = Static<typeof schema>;

interface Pattern {
  readonly expression: RegExp;
  readonly captures: readonly (Capture & { readonly path: FieldPath; readonly isOverwritten: boolean })[];
}

/** Finds fields in a text by patterns with names. */
export const grok = defineFilter({
  name: "grok",
  description:
    "Finds fields in a text by patterns with names, such as %{COMBINEDAPACHELOG}; the known patterns are Logstash's, and give ECS names as Logstash 8 does.",
  schema,
  isBoxed: true,
  failureTag: "_grokparsefailure",
  effects: ({ overwrite }) => effectsOn([...overwrite.filter((field) => pathIsMessage(field)), "tags"]),
  check: (options) => [
    ...checkSource(options.source, ["source"]),
    ...(options.target === undefined ? [] : checkTarget(options.target, ["target"])),
    ...checkTargets(options.overwrite, ["overwrite"]),
    ...options.match.flatMap((pattern, index) => checkPattern(pattern, options, ["match", index])),
    ...Object.keys(options.patterns).flatMap((name) => checkOwn(name, options)),
  ],
  create: (options) => {
    const from = pathOf(options.source);
    const patterns = options.match.map((pattern) => compilePattern(pattern, options));
    return {
      apply: (event) => {
        const value = from.get(event);
        if (value === undefined || value === null) return;
        if (applyPatterns(event, typeof value === "string" ? value : JSON.stringify(value), patterns, options)) return;
        if (options.tagOnFailure === undefined) throw new FilterFailure(`no pattern matches ${options.source}`);
        for (const tag of options.tagOnFailure) event.addTag(tag);
      },
    };
  },
});

function applyPatterns(event: WorkEvent, text: string, patterns: readonly Pattern[], options: Options): boolean {
  let isMatched = false;
  for (const { expression, captures } of patterns) {
    const match = expression.exec(text);
    if (match === null) continue;
    isMatched = true;
    // A field that the pattern names twice gets both; one that stood there before is another matter.
    const found = new Map<string, unknown>();
    for (const capture of captures) {
      const part = match[capture.group];
      if (part === undefined || (part === "" && !options.keepEmptyCaptures)) continue;
      const value = convert(part, capture.type);
      found.set(capture.field, found.has(capture.field) ? [found.get(capture.field), value].flat() : value);
    }
    for (const { field, path, isOverwritten } of captures) {
      const value = found.get(field);
      if (value === undefined) continue;
      found.delete(field);
      put(event, path, value, isOverwritten);
    }
    if (options.breakOnMatch) return true;
  }
  return isMatched;
}

function put(event: WorkEvent, path: FieldPath, value: unknown, isOverwritten: boolean): void {
  if (path.isMessage && !isOverwritten) return assignField(event.root, "_message", value);
  const known = isOverwritten ? undefined : path.get(event);
  path.set(event, known === undefined || known === null ? value : [known, value].flat());
}

/** A text that is no such number is kept as it is, and so is a number that would lose digits. */
function convert(text: string, type: CaptureType): unknown {
  if (type === "int" || type === "long") {
    const number = Number.parseInt(text, 10);
    return Number.isSafeInteger(number) ? number : text;
  }
  if (type === "float" || type === "double") {
    const number = Number.parseFloat(text);
    return Number.isFinite(number) ? number : text;
  }
  if (type === "boolean" && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return text;
}

function compilePattern(pattern: string, options: Options): Pattern {
  const compiled = compileGrok(pattern, compileOptions(options));
  if (typeof compiled === "string") throw new Error(compiled);
  const overwritten = new Set(options.overwrite);
  return {
    expression: compiled.expression,
    captures: compiled.captures.map(({ group, field, type }) => {
      const name = fieldOf(field, options.target);
      return { group, field, type, path: pathOf(name), isOverwritten: overwritten.has(name) || overwritten.has(field) };
    }),
  };
}

function checkPattern(pattern: string, options: Options, path: readonly (string | number)[]): OptionProblem[] {
  const compiled = compileGrok(pattern, compileOptions(options));
  if (typeof compiled === "string") return [{ path, message: compiled }];
  return compiled.captures.flatMap(({ field }) => checkTarget(fieldOf(field, options.target), path));
}

function checkOwn(name: string, options: Options): OptionProblem[] {
  const path = ["patterns", name];
  if (!/^\w+$/.test(name)) return [{ path, message: "expected a name of letters, digits and _" }];
  const compiled = compileGrok(`%{${name}}`, compileOptions(options));
  return typeof compiled === "string" ? [{ path, message: compiled }] : [];
}

function compileOptions({ patterns, namedCapturesOnly }: Options): GrokOptions {
  return { patterns: new Map([...grokPatterns, ...Object.entries(patterns)]), namedCapturesOnly };
}

/** A field below the target, whose name is in brackets if one of both is. */
function fieldOf(field: string, target: string | undefined): string {
  if (target === undefined) return field;
  const [outer, inner] = [target, field].map((text) => (text.startsWith("[") ? text : `[${text.split(".").join("][")}]`));
  return `${outer}${inner}`;
}

function pathIsMessage(text: string): boolean {
  return text === "message" || text === "[message]";
}
