import { basename, dirname, extname, join } from "node:path";

const separators = new Set([".", "-", "_"]);
/** Names are at most 255 bytes long; more separators than these are not looked at. */
const separatorsMax = 64;
/** How often a file may have been renamed to the next number since it was looked at. */
const stepsMax = 16;

/**
 * Paths that a rotated file may have had before, by its name: `app.log` of `app.log.1`, `app.log-20261124.gz`, `app-1.log`, `app.1.log`
 * and `old/app.log`. In its own directory and the one above.
 */
export function originalsOf(path: string): string[] {
  const name = basename(path);
  const directory = dirname(path);
  const names = originalNamesOf(name);
  return [...names.map((original) => join(directory, original)), ...[name, ...names].map((original) => join(dirname(directory), original))];
}

/** Whether a file of that path may be what became of the file of the other. */
export function isRotatedNameOf(path: string, original: string): boolean {
  return originalsOf(path).includes(original);
}

/** What stands before each separator, with and without the name's own extension. */
function originalNamesOf(name: string): string[] {
  const extensions = new Set(["", extname(name), extname(name.replace(/\.gz$/, ""))]);
  const names = new Set<string>();
  let count = 0;
  for (let at = name.length - 1; at > 0 && count < separatorsMax; at -= 1) {
    if (!separators.has(name[at] ?? "")) continue;
    count += 1;
    for (const extension of extensions) names.add(name.slice(0, at) + extension);
  }
  for (const previous of previousOf(name)) names.add(previous);
  names.delete(name);
  return [...names];
}

/** `app.log.1` and `app.log.2` of `app.log.3`; of `app.log.3.gz` also those that were compressed after they got that name. */
function previousOf(name: string): string[] {
  const [, before, digits, end = ""] = /^(.*\.)(\d{1,9})(\.gz)?$/.exec(name) ?? [];
  if (before === undefined) return [];
  const names: string[] = [];
  const number = Number(digits);
  for (let n = number - 1; n >= Math.max(1, number - stepsMax); n -= 1) names.push(...new Set([before + n + end, before + n]));
  return names;
}

/** A date, with a time or without one, or any other number. */
const runs = /\d{4}-\d{2}-\d{2}(?:[T_-]?\d{2}(?:[:.-]?\d{2}){0,2})?|\d{8}[T_-]?\d{2,6}(?!\d)|\d+/g;

/** A file's name around its last number. */
export interface NumberedName {
  /** Directory, and the name with its number left out; equal for the files of one series. */
  readonly series: string;
  /** Digits alone, without leading zeros: the longer one is the greater one, then by text. */
  readonly number: string;
}

/** The series that a file belongs to by the last number of its name: `gw-1-20261123080000a1b203-7.log` is the seventh of its boot. */
export function numberedNameOf(path: string): NumberedName | undefined {
  const name = basename(path);
  const last = [...name.matchAll(runs)].at(-1);
  if (last === undefined) return undefined;
  const [text] = last;
  // A character that no name can hold stands for the number.
  const series = `${dirname(path)}/${name.slice(0, last.index)}/${name.slice(last.index + text.length)}`;
  return { series, number: text.replaceAll(/\D/g, "").replace(/^0+(?=\d)/, "") };
}

/** Whether the one number is greater. */
export function isGreater(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}
