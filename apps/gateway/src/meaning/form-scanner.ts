import type { Findings, Slot } from "./findings.ts";
import { readCharsMax } from "./limits.ts";

/** A field and the slot for its values. */
export interface FormTarget {
  readonly name: string;
  readonly slot: Slot;
}

/** A character of Unicode's basic plane in UTF-8, percent-encoded. */
const encodedCharsMax = 9;
/** Longer than any name in the configuration, however it is encoded. */
const nameCharsMax = 4096;

/**
 * Reads fields from a query or a form body: `name=value&name=value`, percent-encoded.
 *
 * Where the text is cut, its last field is not believed. A value that is not UTF-8 stays as it was sent. **Guarantee**: never
 * throws, linear in the text.
 */
export function scanForm(text: string, isCut: boolean, targets: readonly FormTarget[], findings: Findings): void {
  let at = 0;
  let open = targets.length;
  while (at < text.length && open > 0) {
    const mark = text.indexOf("&", at);
    if (mark === -1 && isCut) return;
    const end = mark === -1 ? text.length : mark;
    open -= readField(text.slice(at, end), { targets, findings });
    at = end + 1;
  }
}

/** True unless the text is JSON or XML, in whose strings a `&code=1` would mean nothing. */
export function mayBeForm(text: string): boolean {
  return !/^[\uFEFF\s]*[[{<"]/.test(text);
}

interface FormScan {
  readonly targets: readonly FormTarget[];
  readonly findings: Findings;
}

/** How many slots the field made full. */
function readField(field: string, { targets, findings }: FormScan): number {
  const mark = field.indexOf("=");
  const nameTo = mark === -1 ? field.length : mark;
  if (nameTo > nameCharsMax) return 0;
  const name = decoded(field.slice(0, nameTo));
  let filled = 0;
  for (const target of targets) if (target.name === name && findings.add(target.slot, decoded(beginning(field, nameTo + 1)))) filled++;
  return filled;
}

/** As much of an encoded value as is kept of it, not cut within a character. */
function beginning(field: string, from: number): string {
  let end = from + readCharsMax * encodedCharsMax;
  if (end >= field.length) return field.slice(from);
  if (field.charAt(end - 1) === "%") end -= 1;
  else if (field.charAt(end - 2) === "%") end -= 2;
  while (end > from && /^%[89ABab]/.test(field.slice(end, end + 2))) end -= 3;
  return field.slice(from, end);
}

function decoded(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
