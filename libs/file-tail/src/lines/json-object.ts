import { isFields } from "./merge-fields.ts";

/** Deeper objects are not read: writing them as JSON again would overflow the stack. */
const nestingMax = 100;
/** Numbers of so many digits, or with such an exponent, may be more than a number can hold. */
const largeNumber = /\d{16}|[eE]\+?\d{3}/;
/** A text, or a number outside of one. */
const textOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * The JSON object of a text; undefined where it holds none, or one that is nested too deeply.
 *
 * **Guarantee**: a number that cannot be held, or an integer that would be rounded, is read as the text that stands there.
 */
export function readJsonObject(text: string): Record<string, unknown> | undefined {
  // Most of what is no object is told so without an exception.
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isFields(value) || !isShallow(value, nestingMax)) return undefined;
    return largeNumber.test(text) ? parseExactly(text) : value;
  } catch {
    return undefined;
  }
}

function parseExactly(text: string): Record<string, unknown> | undefined {
  const value: unknown = JSON.parse(text.replace(textOrNumber, (found) => (isInexact(found) ? `"${found}"` : found)));
  return isFields(value) ? value : undefined;
}

function isInexact(found: string): boolean {
  if (found.startsWith('"')) return false;
  const number = Number(found);
  return /^-?\d+$/.test(found) ? !Number.isSafeInteger(number) : !Number.isFinite(number);
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => typeof inner !== "object" || isShallow(inner, levels - 1));
}
