import { Buffer } from "node:buffer";

/** Items of the first page; of the next ones as many as make about so many bytes. */
export const pageItemsFirst = 20;
const pageItemsMax = 1000;
const pageBytes = 4 * 1024 * 1024;

/** How many items the page behind this one is to have, by what these are as JSON. */
export function pageSizeAfter(items: readonly unknown[]): number {
  const bytes = items.reduce<number>((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)), 0);
  const fitting = Math.floor(pageBytes / Math.max(1, bytes / items.length));
  return Math.min(pageItemsMax, Math.max(1, fitting));
}
