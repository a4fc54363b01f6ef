import { describe, expect, test } from "vitest";
import { limitsProblems } from "./limits-config.ts";
import { rowLimitAt } from "./quiet-hours.ts";

const at = (time: string) => Date.parse(time);
const quiet = (from: string, to: string, timeZone: string, rowsPerSecondMax = 0) => ({ from, to, timeZone, rowsPerSecondMax });

describe("the limit of rows per second", () => {
  test("is none, the configured one, and the lowest of those that hold", () => {
    expect(rowLimitAt({ rowsPerSecondMax: 0, quietHours: [] })(0)).toBe(Infinity);
    const limit = rowLimitAt({
      rowsPerSecondMax: 500,
      quietHours: [quiet("09:00", "11:30", "UTC", 100), quiet("11:00", "12:00", "UTC", 50)],
    });
    const seen = ["08:59:59", "09:00:00", "11:15:00", "11:45:00", "12:00:00"].map((time) => limit(at(`2026-11-26T${time}Z`)));
    expect(seen).toEqual([500, 100, 50, 50, 500]);
  });

  test("holds by the clocks of its time zone", () => {
    const limit = rowLimitAt({ rowsPerSecondMax: 0, quietHours: [quiet("09:00", "11:30", "Asia/Shanghai")] });
    const seen = ["00:59:59", "01:00:00", "03:29:59", "03:30:00"].map((time) => limit(at(`2026-11-26T${time}Z`)));
    expect(seen).toEqual([Infinity, 0, 0, Infinity]);
  });

  test("holds over midnight", () => {
    const limit = rowLimitAt({ rowsPerSecondMax: 0, quietHours: [quiet("22:00", "06:00", "UTC")] });
    const seen = ["21:59:59", "22:00:00", "00:00:00", "05:59:59", "06:00:00"].map((time) => limit(at(`2026-11-26T${time}Z`)));
    expect(seen).toEqual([Infinity, 0, 0, 0, Infinity]);
  });

  test("moves with summer time: an hour that is skipped is not quiet, one that comes twice is quiet twice", () => {
    const limit = rowLimitAt({ rowsPerSecondMax: 0, quietHours: [quiet("02:00", "03:00", "Europe/Berlin")] });
    const minutes = (day: string) =>
      Array.from({ length: 24 * 60 }, (_, minute) => limit(at(`${day}T00:00:00Z`) + minute * 60_000)).filter((value) => value === 0).length;
    expect([minutes("2026-03-28"), minutes("2026-03-29"), minutes("2026-10-25"), minutes("2026-10-26")]).toEqual([60, 0, 120, 60]);
  });

  test("hours without a length and unknown time zones are named", () => {
    const problems = limitsProblems({
      rowsPerSecondMax: 0,
      quietHours: [quiet("09:00", "09:00", "UTC"), quiet("09:00", "10:00", "Asia/Nowhere")],
    });
    expect(problems.map(({ path, message }) => [path.join("."), message])).toEqual([
      ["limits.quietHours.0.to", expect.stringContaining("must differ from `from` (09:00)")],
      ["limits.quietHours.1.timeZone", expect.stringContaining("Asia/Nowhere")],
    ]);
  });
});
