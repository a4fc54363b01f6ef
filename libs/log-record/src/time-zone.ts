const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Offsets kept per zone and direction; lines of one minute share one, so that a small cache saves nearly every look-up. */
const cachedMinutesMax = 4096;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly byUtcMinute: Map<number, number>;
  readonly byLocalMinute: Map<number, number>;
}

const zones = new Map<string, Zone>();

/** Whether the name is a time zone that this Node knows, such as `Asia/Shanghai`, `UTC` or `+08:00`. */
export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Milliseconds that the zone's clocks are ahead of UTC at an instant.
 *
 * **Errors**: RangeError for a zone that this Node does not know.
 */
export function offsetMsAt(utcMs: number, timeZone: string): number {
  if (timeZone === "UTC") return 0;
  const zone = zoneOf(timeZone);
  return cached(zone.byUtcMinute, utcMs, (minuteStartMs) => readOffset(zone.format, minuteStartMs));
}

/**
 * The same for a time on the zone's clocks (given as if it were UTC): a time that clocks show twice means the earlier
 * instant, one that they skip is read with the offset before the gap.
 */
export function offsetMsOfLocal(localMs: number, timeZone: string): number {
  if (timeZone === "UTC") return 0;
  const zone = zoneOf(timeZone);
  return cached(zone.byLocalMinute, localMs, (minuteStartMs) => findOffset(minuteStartMs, timeZone));
}

/** `YYYY-MM-DDTHH:mm:ss.sss±HH:mm`: an instant as the zone's clocks show it. */
export function toZonedTime(utcMs: number, timeZone: string): string {
  const offsetMs = offsetMsAt(utcMs, timeZone);
  const local = new Date(utcMs + offsetMs).toISOString().slice(0, -1);
  const minutes = Math.abs(Math.trunc(offsetMs / minuteMs));
  const sign = offsetMs < 0 ? "-" : "+";
  return `${local}${sign}${pad(Math.trunc(minutes / 60))}:${pad(minutes % 60)}`;
}

function findOffset(localMs: number, timeZone: string): number {
  const before = offsetMsAt(localMs - dayMs, timeZone);
  const after = offsetMsAt(localMs + dayMs, timeZone);
  if (before === after) return before;
  const isBefore = offsetMsAt(localMs - before, timeZone) === before;
  const isAfter = offsetMsAt(localMs - after, timeZone) === after;
  if (isBefore && isAfter) return Math.max(before, after);
  return isAfter ? after : before;
}

/** `GMT`, `GMT+08:00` or `GMT-00:44:30` (as the format writes it) in milliseconds. */
function readOffset(format: Intl.DateTimeFormat, utcMs: number): number {
  const name = format.formatToParts(utcMs).find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  const match = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name);
  if (match === null) return 0;
  const [, sign, hours, minutes, seconds] = match;
  const offsetMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0)) * 1000;
  return sign === "-" ? -offsetMs : offsetMs;
}

function cached(cache: Map<number, number>, ms: number, find: (minuteStartMs: number) => number): number {
  const minute = Math.floor(ms / minuteMs);
  const known = cache.get(minute);
  if (known !== undefined) return known;
  const offsetMs = find(minute * minuteMs);
  if (cache.size >= cachedMinutesMax) cache.clear();
  cache.set(minute, offsetMs);
  return offsetMs;
}

function zoneOf(timeZone: string): Zone {
  let zone = zones.get(timeZone);
  if (zone === undefined) {
    const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
    zone = { format, byUtcMinute: new Map(), byLocalMinute: new Map() };
    zones.set(timeZone, zone);
  }
  return zone;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
