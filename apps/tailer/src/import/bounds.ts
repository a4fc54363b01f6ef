/** Numbers that Filebeat may leave out, kept within what is possible here. */

export function atLeast(value: number | undefined, least: number): number | undefined {
  return value === undefined ? undefined : Math.max(value, least);
}

export function atMost(value: number | undefined, most: number): number | undefined {
  return value === undefined ? undefined : Math.min(value, most);
}

/** What is not above 0 means that nothing is set. */
export function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}
