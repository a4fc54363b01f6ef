/** The texts of a field that holds one, or a list of them, as `tags` does. Whatever else stands there, a sender may have written: it is left out. */
export function wordsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.filter((item) => typeof item === "string");
  return typeof value === "string" ? [value] : [];
}
