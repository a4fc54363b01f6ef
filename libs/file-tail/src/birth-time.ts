import type { BigIntStats } from "node:fs";

const nsPerMs = 1e6;

/** Where the kernel does not tell when a file was created, Node gives the time of its last change instead, for every file. */
let isTold = false;

/**
 * When the file was created, as the file system says; undefined where it does not. A number of an inode that is given to another file
 * comes with another time.
 *
 * **Units**: milliseconds since the epoch, with their fractions.
 */
export function bornMsOf({ birthtimeNs, ctimeNs }: Pick<BigIntStats, "birthtimeNs" | "ctimeNs">): number | undefined {
  if (birthtimeNs <= 0n) return undefined;
  if (birthtimeNs !== ctimeNs) isTold = true;
  return isTold ? Number(birthtimeNs) / nsPerMs : undefined;
}
