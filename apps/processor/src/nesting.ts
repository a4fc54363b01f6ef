/** Levels of objects and lists in each other that an event, or a record in its line, may have: JSON.stringify recurses, and how deep it comes depends on the stack. */
export const levelsMax = 1000;

/** Whether objects and lists stand in each other on more than `levelsMax` levels, the outermost among them. Never recurses. */
export function isTooDeep(value: unknown): boolean {
  let level = nestedOf([value]);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > levelsMax) return true;
    level = nestedOf(level.flatMap((one) => Object.values(one) as unknown[]));
  }
  return false;
}

/** Each one once: with cycles there would be more on each level. */
function nestedOf(values: readonly unknown[]): readonly object[] {
  const nested = values.filter((value) => typeof value === "object" && value !== null);
  return nested.length < 2 ? nested : [...new Set(nested)];
}
