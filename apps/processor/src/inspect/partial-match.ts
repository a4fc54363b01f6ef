import { isPlainObject } from "../plain-object.ts";

/** One place where what was found is not what was expected. */
export interface Difference {
  /** Such as `document.http.response.status_code`; keys with dots in them in brackets. */
  readonly path: string;
  /** As JSON, or in words. */
  readonly expected: string;
  readonly found: string;
}

/**
 * Where a value differs from what is expected of it: objects may have more keys than that, lists have exactly those items, everything else is equal, with
 * its type. One difference a place.
 */
export function differencesOf(expected: unknown, found: unknown, path: string): readonly Difference[] {
  if (Array.isArray(expected)) return differencesOfLists(expected, found, path);
  if (!isPlainObject(expected)) return expected === found ? [] : [{ path, expected: shown(expected), found: shown(found) }];
  if (!isPlainObject(found)) return [{ path, expected: shown(expected), found: shown(found) }];
  return Object.entries(expected).flatMap(([key, value]) =>
    differencesOf(value, Object.hasOwn(found, key) ? found[key] : undefined, `${path}${keyPath(key)}`),
  );
}

function differencesOfLists(expected: readonly unknown[], found: unknown, path: string): readonly Difference[] {
  if (!Array.isArray(found) || found.length !== expected.length) return [{ path, expected: shown(expected), found: shown(found) }];
  return expected.flatMap((item, index) => differencesOf(item, found[index], `${path}[${index}]`));
}

/** What stands at a path such as `fields.a.b`, `record.path` or `[fields][a.b]`; undefined where nothing does. */
export function valueAt(root: unknown, path: string): unknown {
  let value = root;
  for (const key of path.startsWith("[") ? path.slice(1, -1).split("][") : path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** A long value is cut: a test's report is read by people. */
const shownLengthMax = 300;

/** A value as JSON; `nothing` for undefined. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}… (${text.length} characters)` : text;
}

function keyPath(key: string): string {
  return /^[^.[\]]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
