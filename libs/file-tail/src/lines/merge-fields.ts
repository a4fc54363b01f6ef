/** Fields of an event. */
export type Fields = Readonly<Record<string, unknown>>;

/** Both together. Where both have a value it is the first one's, unless both are objects, which are merged likewise. */
export function mergeFields(first: Fields | undefined, later: Fields | undefined): Fields | undefined {
  if (first === undefined || later === undefined) return first ?? later;
  const merged: Record<string, unknown> = { ...later, ...first };
  for (const [name, value] of Object.entries(first)) {
    const other = Object.hasOwn(later, name) ? later[name] : undefined;
    if (isFields(value) && isFields(other)) merged[name] = mergeFields(value, other);
  }
  return merged;
}

/** Whether the value is a JSON object. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
