import { KiB } from "../config/units.ts";

const durationUnitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const sizeUnits: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1000,
  kb: 1000,
  ki: KiB,
  kib: KiB,
  m: 1e6,
  mb: 1e6,
  mi: KiB ** 2,
  mib: KiB ** 2,
  g: 1e9,
  gb: 1e9,
  gi: KiB ** 3,
  gib: KiB ** 3,
};

/** Longer than anything waits, and well within a number. */
const tenYearsMs = 10 * 365 * 24 * 3_600_000;

/** Reads a duration as Go writes it (`1h30m`, `500ms`, `-1`), or a number of seconds. **Units**: milliseconds, rounded up, to ten years. */
export function parseDurationMs(text: string): number | undefined {
  const plain = /^-?\d+(\.\d+)?$/.exec(text.trim());
  if (plain !== null) return withinTenYears(Number(plain[0]) * 1000);
  const match = /^(?<sign>[-+]?)(?<parts>(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+)$/.exec(text.trim());
  if (match?.groups === undefined) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of (match.groups["parts"] ?? "").matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    totalMs += Number(amount) * (durationUnitMs[unit ?? ""] ?? 0);
  }
  return withinTenYears(match.groups["sign"] === "-" ? -totalMs : totalMs);
}

function withinTenYears(durationMs: number): number | undefined {
  return Math.abs(durationMs) > tenYearsMs ? undefined : Math.ceil(durationMs);
}

/** Reads a whole number that is exact. */
export function parseInteger(text: string): number | undefined {
  const value = /^-?\d+$/.test(text.trim()) ? Number(text) : undefined;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Reads a size (`10MiB`, `10MB`, `16384`). **Units**: bytes, rounded up. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text.trim());
  const unit = sizeUnits[match?.[2]?.toLowerCase() ?? "-"];
  const bytes = match === null || unit === undefined ? undefined : Math.ceil(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Reads `true`, `yes`, `on` and their opposites. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(true|yes|on|y|t|1)$/i.test(text.trim())) return true;
  return /^(false|no|off|n|f|0)$/i.test(text.trim()) ? false : undefined;
}
