import { isPlainObject } from "../plain-object.ts";

/** Keys whose changes are many are told up to this number. */
const keysMax = 50;

/**
 * Where two configurations differ, as keys; values are not told, for they may be secrets.
 *
 * **Shape**: `["buffer.bytesMax", "inputs[0].beats.port", "outputs"]`; a list of another length is one difference. Functions are equal when their text is.
 */
export function changedKeys(before: unknown, after: unknown): readonly string[] {
  return differences(before, after, "").slice(0, keysMax);
}

function differences(before: unknown, after: unknown, key: string): readonly string[] {
  if (isPlainObject(before) && isPlainObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => differences(before[name], after[name], key === "" ? name : `${key}.${name}`));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item: unknown, index) => differences(item, after[index], `${key}[${index}]`));
  return isSame(before, after) ? [] : [key];
}

function isSame(before: unknown, after: unknown): boolean {
  if (typeof before === "function" && typeof after === "function") return before.toString() === after.toString();
  return Object.is(before, after);
}
