/**
 * The same text in memory of its own. A part of a longer string holds all of it: a remembered key of 20 characters would
 * keep its body of 64 KiB.
 */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}
