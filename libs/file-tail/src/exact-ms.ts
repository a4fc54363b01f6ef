/** The same number as the `…Ms` of `Stats` has, of the `…Ns` of `BigIntStats`, so that the two may be compared. */
export function exactMs(ns: bigint): number {
  return Number(ns / 1_000_000_000n) * 1000 + Number(ns % 1_000_000_000n) / 1e6;
}
