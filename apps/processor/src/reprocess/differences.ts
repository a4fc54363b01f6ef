import { isPlainObject } from "../plain-object.ts";

/** A field that is another one than before. */
export interface Difference {
  readonly path: string;
  /** Absent where the field was not there. */
  readonly before?: unknown;
  /** Absent where it is gone. */
  readonly after?: unknown;
}

/** Where two documents differ, by dotted paths of fields; lists are compared whole. */
export function differencesOf(before: unknown, after: unknown, path = ""): readonly Difference[] {
  if (isPlainObject(before) && isPlainObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => differencesOf(before[name], after[name], path === "" ? name : `${path}.${name}`));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

/** `+ path: value`, `- path: value` or `~ path: before → after`. */
export function lineOf({ path, before, after }: Difference): string {
  if (before === undefined) return `+ ${path}: ${shortened(after)}`;
  if (after === undefined) return `- ${path}: ${shortened(before)}`;
  return `~ ${path}: ${shortened(before)} → ${shortened(after)}`;
}

const valueLengthMax = 200;

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > valueLengthMax ? `${text.slice(0, valueLengthMax)}… (${text.length} characters)` : text;
}
