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

/**
 * A day, with an hour (`20261124T10`, `2026112410`) or without one. Two digits behind `-` or `_` may be a worker's number: they are no part of it. What
 * is told to the minute may be when a process started, and several run at a time.
 */
const dates = /(?<!\d)(\d{4})(-?)(\d{2})\2(\d{2})(?:T?(\d{2})(?![_.:-]?\d))?(?!\d|[T:]\d|[_-]\d{4}|[_-]\d{2}[:._-]\d{2})/g;

/** `<gateway>-<boot>-<n>.log`; a boot ends in its slot. */
const gatewayFile = /^(.+)-(\d{14}[0-9a-f]{4})([0-9a-f]{2})-(\d{1,9})\.log$/;
const numberDigitsMax = 9;

/** A file's place among those that one writer wrote one after the other. */
export interface Succession {
  /** Directory, and the name without what tells the order; equal for the files of one series. */
  readonly series: string;
  /** Ascends as text. */
  readonly order: string;
  /** Whether the names are those of a gateway: a kernel lock per slot says that one process at a time writes them. */
  readonly isGateway: boolean;
}

/**
 * The series that a file belongs to by its name, where later names are those of later files: the files of one slot of a gateway over all its
 * boots (`gw-1-20261123080000a1b203-7.log`), and those of which each has its day or hour (`app-20261124.log`). No other number says
 * that: `worker-1.log` and `worker-2.log` may be written to side by side.
 */
export function successionOf(path: string): Succession | undefined {
  // Compressed, it is still the one that it was.
  const name = basename(path).replace(/\.gz$/, "");
  const [, gateway, start, slot, number] = gatewayFile.exec(name) ?? [];
  if (start !== undefined) {
    const order = `${start}-${number?.padStart(numberDigitsMax, "0")}`;
    return { series: `${dirname(path)}/${gateway}/${slot}`, order, isGateway: true };
  }
  const date = [...name.matchAll(dates)].findLast(isDate);
  if (date === undefined) return undefined;
  const [text] = date;
  // Of another form it is of another series.
  const form = name.slice(0, date.index) + text.replaceAll(/\d/g, "/") + name.slice(date.index + text.length);
  return { series: `${dirname(path)}/${form}`, order: text, isGateway: false };
}

function isDate([, year, , month, day, hour = "00"]: readonly (string | undefined)[]): boolean {
  const isDay = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
  return isDay && Number(year) >= 1970 && Number(year) < 2200 && Number(hour) < 24;
}

/** The file that is written to by now if this one was rotated away from it: `app.log` of `app.log.3`. */
export function currentPathOf(path: string): string | undefined {
  const [, current] = /^(.+\.[A-Za-z]\w*)\.\d{1,9}$/.exec(basename(path)) ?? [];
  return current === undefined ? undefined : join(dirname(path), current);
}
