import * as fc from "fast-check";
import type { JsonStep } from "./json-path.ts";

const keys = ["a", "b", "code", "order-no", "", "单号", "__proto__", 'q"\\', "é"];

/** Documents whose names are few, so that paths meet them. */
export const documents = fc.letrec<{ value: fc.JsonValue; document: fc.JsonValue; list: fc.JsonValue; map: fc.JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      fc.string(),
      fc.constantFrom("0", " 200 ", "é🎉", 'a"b\\c', "\n"),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    fc.constantFrom<fc.JsonValue>(null, true, false, 0, -0),
    tie("list"),
    tie("map"),
  ),
  list: fc.array(tie("value"), { maxLength: 4 }),
  map: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...keys), tie("value")), { maxLength: 4, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries)),
  document: fc.oneof(tie("list"), tie("map")),
})).document;

const entries = fc.oneof(
  fc.constantFrom(...keys).map((name) => ({ name })),
  fc.nat({ max: 3 }).map((index) => ({ index })),
  fc.constant("*" as const),
);

/** Paths over the same names. */
export const paths: fc.Arbitrary<readonly JsonStep[]> = fc.array(fc.record({ entry: entries, descends: fc.boolean() }), {
  minLength: 1,
  maxLength: 5,
});

/** The path as it stands in a configuration. */
export function spelt(path: readonly JsonStep[]): string {
  const brackets = ({ entry }: JsonStep) => (entry === "*" ? "[*]" : "index" in entry ? `[${entry.index}]` : quoted(entry.name));
  return `$${path.map((step) => (step.descends ? ".." : "") + brackets(step)).join("")}`;
}

function quoted(name: string): string {
  return `['${name.replaceAll(/[\\']/g, "\\$&")}']`;
}

/** The document as text, spread out and escaped in one of several ways. */
export function written(document: fc.JsonValue, style: number): string {
  const text = JSON.stringify(document, null, style % 2 === 0 ? 0 : 2);
  return style < 2 ? text : text.replaceAll(/"(?:[^"\\]|\\.)*"/g, (literal) => `"${escaped(literal.slice(1, -1))}"`);
}

/** Every second character as an escape. */
function escaped(content: string): string {
  return content.replaceAll(/\\u[0-9a-f]{4}|\\.|[^\\]/g, (char, at: number) =>
    char.startsWith("\\") || at % 2 === 0 ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Places that a path leads to, by RFC 9535, as keys joined by a character that no key has. */
function places(node: fc.JsonValue, path: readonly JsonStep[], at: string, result: Set<string>): void {
  const [step, ...rest] = path;
  if (step === undefined) {
    result.add(at);
    return;
  }
  for (const [key, child] of childrenOf(node)) {
    const place = `${at}\0${key}`;
    const isList = Array.isArray(node);
    const fits =
      step.entry === "*" ||
      (isList ? "index" in step.entry && String(step.entry.index) === key : "name" in step.entry && step.entry.name === key);
    if (fits) places(child, rest, place, result);
    if (step.descends) places(child, path, place, result);
  }
}

/** What a path leads to in a document that is whole, in its order: scalars, and of arrays their scalars where `spread`. */
export function reference(document: fc.JsonValue, path: readonly JsonStep[], spread: boolean): readonly string[] {
  const selected = new Set<string>();
  places(document, path, "", selected);
  const result: string[] = [];
  const walk = (node: fc.JsonValue, at: string, isSelected: boolean) => {
    if (isSelected && node !== null && typeof node !== "object") result.push(typeof node === "string" ? node : JSON.stringify(node));
    for (const [key, child] of childrenOf(node)) {
      const place = `${at}\0${key}`;
      walk(child, place, selected.has(place) || (spread && Array.isArray(node) && selected.has(at)));
    }
  };
  walk(document, "", false);
  return result;
}

function childrenOf(node: fc.JsonValue): [string, fc.JsonValue][] {
  return node !== null && typeof node === "object" ? Object.entries(node as Record<string, fc.JsonValue>) : [];
}
