/** ES2024's methods, which every Node from 20 on has and the type library of ES2023 has not. */
type UnicodeString = string & { isWellFormed(): boolean; toWellFormed(): string };

/** What stands for what no store can hold: Unicode's replacement character. */
const replacement = "\uFFFD";

/** Levels of nesting that every store's JSON type takes: MariaDB's `json_valid` refuses 32. */
export const jsonDepthMax = 31;
/** What stands for a value that is nested deeper. */
const tooDeep = "(nested too deep)";

/**
 * Text that every store takes: NUL and lone surrogates become U+FFFD, everything else stays.
 *
 * **Guarantee**: `repaired` says whether anything changed; the result has as many UTF-16 units as the text.
 */
export function repairText(text: string): { text: string; repaired: boolean } {
  if (isStorable(text)) return { text, repaired: false };
  return { text: mendText(text), repaired: true };
}

/** Whether every store takes the text as it is. */
export function isStorable(text: string): boolean {
  return (text as UnicodeString).isWellFormed() && !text.includes("\0");
}

/** The text with every NUL and lone surrogate replaced. */
export function mendText(text: string): string {
  return (text as UnicodeString).toWellFormed().replaceAll("\0", replacement);
}

/** At most `unitsMax` UTF-16 units of the text, never half a character. */
export function cutText(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text;
  const last = text.charCodeAt(unitsMax - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? unitsMax - 1 : unitsMax);
}

/** A JSON value that every store takes: its strings and keys repaired, and what is nested deeper than 31 levels replaced by a note. */
export function repairJson(value: unknown): { value: unknown; repaired: boolean } {
  if (isStorableJson(value, 0)) return { value, repaired: false };
  return { value: repairValue(value, 0), repaired: true };
}

/** Looks before it copies: nearly every value is storable. */
function isStorableJson(value: unknown, depth: number): boolean {
  if (typeof value === "string") return isStorable(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth === jsonDepthMax) return false;
  if (Array.isArray(value)) return value.every((item) => isStorableJson(item, depth + 1));
  for (const key of Object.keys(value)) {
    if (!isStorable(key) || !isStorableJson((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

function repairValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return mendText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === jsonDepthMax) return tooDeep;
  if (Array.isArray(value)) return value.map((item) => repairValue(item, depth + 1));
  // Without a prototype, so that a key `__proto__` is a key like any other.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) copy[mendText(key)] = repairValue(item, depth + 1);
  return copy;
}
