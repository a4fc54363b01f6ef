import { toZonedTime } from "@gatelog/log-record";

/** Where a part stands in `YYYY-MM-DDTHH:mm:ss.sss±HH:mm`. */
const parts: Readonly<Record<string, readonly [number, number]>> = {
  YYYY: [0, 4],
  YY: [2, 4],
  MM: [5, 7],
  DD: [8, 10],
  HH: [11, 13],
  mm: [14, 16],
  ss: [17, 19],
  SSS: [20, 23],
  Z: [23, 29],
};
const token = /\[(?<literal>[^\]]*)\]|(?<part>YYYY|YY|MM|DD|HH|mm|SSS|ss|Z|[A-Za-z]+)|(?<other>[^A-Za-z[]+|\[)/g;

/** Writes an instant, ms since the epoch, as the zone's clocks show it. */
export type TimeFormat = (ms: number, timeZone: string) => string;

/** Reads a format such as `YYYY-MM-DD HH:mm:ss`. **Errors**: a sentence for letters that mean nothing. */
export function parseTimeFormat(format: string): TimeFormat | string {
  const steps: (string | readonly [number, number])[] = [];
  for (const { groups = {} } of format.matchAll(token)) {
    const { literal, part, other } = groups;
    if (part === undefined) {
      steps.push(literal ?? other ?? "");
      continue;
    }
    const place = parts[part];
    if (place === undefined)
      return `"${part}" is no part of a time: write ${Object.keys(parts).join(", ")}, and other letters in brackets, as in YYYY[T]HH`;
    steps.push(place);
  }
  return (ms, timeZone) => {
    const text = toZonedTime(ms, timeZone);
    return steps.map((step) => (typeof step === "string" ? step : text.slice(...step))).join("");
  };
}
