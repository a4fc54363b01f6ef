/** A time of every day in which the database is to be left alone. */
export interface QuietHours {
  /** `HH:MM`, the first minute, by the clocks of `timeZone`. */
  readonly from: string;
  /** `HH:MM`, the first minute that is not quiet any more; before `from` it is on the next day. */
  readonly to: string;
  readonly timeZone: string;
  /** 0: nothing at all is written. */
  readonly rowsPerSecondMax: number;
}

/** How much may be written. */
export interface RowLimits {
  /** 0: no limit. */
  readonly rowsPerSecondMax: number;
  readonly quietHours: readonly QuietHours[];
}

/**
 * The limit at any time: the lowest of those that hold. What a clock on the wall shows counts, so that a change to summer time moves the
 * hours with it, and an hour that comes twice is quiet twice.
 *
 * **Units**: rows per second; Infinity where there is no limit, 0 where nothing may be written.
 */
export function rowLimitAt({ rowsPerSecondMax, quietHours }: RowLimits): (nowMs: number) => number {
  const always = rowsPerSecondMax === 0 ? Infinity : rowsPerSecondMax;
  const hours = quietHours.map((entry) => ({ isQuiet: withinHours(entry), limit: entry.rowsPerSecondMax }));
  return (nowMs) => hours.reduce((lowest, { isQuiet, limit }) => (isQuiet(nowMs) ? Math.min(lowest, limit) : lowest), always);
}

function withinHours({ from, to, timeZone }: QuietHours): (nowMs: number) => boolean {
  const [start, end] = [minuteOf(from), minuteOf(to)];
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (nowMs) => {
    const minute = minuteOf(format.format(nowMs));
    return start < end ? minute >= start && minute < end : minute >= start || minute < end;
  };
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}
