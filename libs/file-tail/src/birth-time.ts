import type { BigIntStats, Stats } from "node:fs";
import { exactMs } from "./exact-ms.ts";

/** Times that differ by less are the same, as floating numbers that were computed in other ways. */
export const sameTimeMs = 0.01;

/** Where the kernel does not tell when a file was created, Node gives the time of its last change instead, for every file. */
let isTold = false;

/**
 * When the file was created, as the file system says; undefined where it does not. A number of an inode that is given to another file
 * comes with another time.
 *
 * **Units**: milliseconds since the epoch, with their fractions.
 */
export function bornMsOf(status: Stats | BigIntStats): number | undefined {
  if (status.birthtimeMs <= 0) return undefined;
  if (isChangedSinceBirth(status)) isTold = true;
  if (!isTold) return undefined;
  return isExact(status) ? exactMs(status.birthtimeNs) : status.birthtimeMs;
}

function isChangedSinceBirth(status: Stats | BigIntStats): boolean {
  return isExact(status) ? status.birthtimeNs !== status.ctimeNs : status.birthtimeMs !== status.ctimeMs;
}

function isExact(status: Stats | BigIntStats): status is BigIntStats {
  return typeof status.birthtimeMs === "bigint";
}

/** Whether of two times at least one is unknown, or both are the same. */
export function mayBeBornAlike(one: number | undefined, other: number | undefined): boolean {
  return one === undefined || other === undefined || Math.abs(one - other) < sameTimeMs;
}
