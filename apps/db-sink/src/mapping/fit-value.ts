import type { OwnType, OwnValue } from "@gatelog/database";
import { cutText, repairJson, repairText, toUtcTime, toZonedTime } from "@gatelog/log-record";
import type { TimeFormat } from "./format-time.ts";

/** How a value becomes what its column holds. */
export interface Fit {
  readonly type: OwnType;
  readonly lengthMax?: number;
  readonly format?: TimeFormat;
  readonly timeZone: string;
}

/** What became of a value; `fault` says what was done to it, as `parse_error` does. */
export interface Fitted {
  readonly value: OwnValue;
  readonly fault?: string;
}

/** Makes a value fit: never half a character, no NUL, no number out of range; what cannot be made to fit is null and named. */
export function fitValue(given: unknown, fit: Fit): Fitted {
  const value = plain(given);
  if (value === null || value === undefined) return { value: null };
  switch (fit.type) {
    case "text":
      return fit.format === undefined ? fitText(value, fit.lengthMax) : fitTime(value, fit);
    case "integer":
      return fitNumber(value, Number.isSafeInteger, "is no whole number");
    case "real":
      return fitNumber(value, Number.isFinite, "is no number");
    case "boolean":
      return fitBoolean(value);
    case "timestamp":
    case "date":
      return fitTime(value, fit);
    case "json":
      return fitJson(value);
    default:
      return fit.type satisfies never;
  }
}

/** CEL's whole numbers are bigint, its times Dates. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "no time" : value.toISOString();
  return typeof value === "function" || typeof value === "symbol" ? String(value) : value;
}

function fitText(value: unknown, lengthMax = Infinity): Fitted {
  const { text, repaired } = repairText(typeof value === "string" ? value : jsonText(value));
  if (text.length > lengthMax) return { value: cutText(text, lengthMax), fault: `was longer than ${lengthMax}` };
  return repaired ? { value: text, fault: "had NUL or half characters" } : { value: text };
}

function fitNumber(value: unknown, isFit: (number: number) => boolean, complaint: string): Fitted {
  const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  return isFit(number) ? { value: number } : { value: null, fault: complaint };
}

function fitBoolean(value: unknown): Fitted {
  if (typeof value === "boolean") return { value };
  if (value === "true" || value === 1) return { value: true };
  return value === "false" || value === 0 ? { value: false } : { value: null, fault: "is neither true nor false" };
}

function fitTime(value: unknown, { type, format, timeZone }: Fit): Fitted {
  const time = typeof value === "string" ? toUtcTime(value) : undefined;
  if (time === undefined) return { value: null, fault: "is no time" };
  if (format !== undefined) return { value: format(Date.parse(time), timeZone) };
  return { value: type === "date" ? toZonedTime(Date.parse(time), timeZone).slice(0, 10) : time };
}

function fitJson(value: unknown): Fitted {
  const { value: storable, repaired } = repairJson(JSON.parse(jsonText(value)));
  const text = JSON.stringify(storable);
  return repaired ? { value: text, fault: "had NUL, half characters or too many levels" } : { value: text };
}

function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? Number(item) : item));
}
