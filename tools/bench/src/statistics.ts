/** The middle value, of an even number the mean of the two in the middle. **Errors**: RangeError when there is none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** The smallest value that `share` (0 to 1) of all do not exceed. **Errors**: RangeError when there is none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] as number;
}

/** How far the values lie apart: the largest less the smallest, as a share of their median. */
export function spread(values: readonly number[]): number {
  const sorted = ascending(values);
  return ((sorted.at(-1) as number) - (sorted[0] as number)) / median(sorted);
}

/** Rounded to so many digits after the point, for a file that people read. */
export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError("there is no value to summarise");
  return [...values].sort((a, b) => a - b);
}
