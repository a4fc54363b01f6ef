/** Numbers that a text gave; what it did not say is undefined. */
export interface DateParts {
  year?: number;
  month?: number;
  day?: number;
  hour?: number;
  minute?: number;
  second?: number;
  millisecond?: number;
  /** Half of the day, 0 or 12 hours. */
  halfDay?: number;
  /** Offset from UTC. */
  offsetMs?: number;
  /** Name of a time zone. */
  zone?: string;
}

/** Reads a text by a format: undefined where it does not fit. */
export type DateReader = (text: string) => DateParts | undefined;

interface Field {
  /** What its text looks like: a group. */
  readonly pattern: string;
  readonly read: (parts: DateParts, text: string) => void;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const monthPattern =
  "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const dayPattern = "(mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\\.?";
/** Short names that mean one offset alone; others could be several. */
const zoneOffsetHours: Readonly<Record<string, number>> = {
  Z: 0,
  UTC: 0,
  GMT: 0,
  EST: -5,
  EDT: -4,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

/**
 * Compiles a format of Joda's letters: `yyyy MM dd HH mm ss SSS`, `MMM` (English), `EEE`, `a`, `hh`, `Z` (an offset), `ZZZ` (a zone's name), with texts in
 * quotes. **Errors**: what is wrong with it, as a sentence.
 */
export function compileDateFormat(format: string): DateReader | string {
  const fields: Field[] = [];
  let pattern = "^";
  const tokens = format.match(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g) ?? [];
  for (const [index, token] of tokens.entries()) {
    if (token === "'") return `"${format}" has a quote that is not closed`;
    if (!/^[A-Za-z]/.test(token)) {
      pattern += literal(token);
      continue;
    }
    const field = fieldOf(token, isNumber(tokens[index - 1]) || isNumber(tokens[index + 1]));
    if (field === undefined) return `"${format}" has the letters ${token}, which are no part of a date: put texts in quotes, 'T'`;
    fields.push(field);
    pattern += field.pattern;
  }
  if (fields.length === 0) return `"${format}" has no part of a date`;
  const expression = new RegExp(`${pattern}$`, "i");
  return (text) => {
    const match = expression.exec(text);
    if (match === null) return undefined;
    const parts: DateParts = {};
    for (const [index, { read }] of fields.entries()) read(parts, match[index + 1] ?? "");
    return parts;
  };
}

function literal(token: string): string {
  const text = token.startsWith("'") ? (token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'")) : token;
  // Days of one digit are set off by two blanks in syslog.
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&").replaceAll(/ +/g, " +");
}

function isNumber(token: string | undefined): boolean {
  return token !== undefined && /^(?:[yxudHhKkmsS]+|M{1,2})$/.test(token);
}

/** Numbers that stand next to another number have as many digits as letters. */
function fieldOf(token: string, isAdjacent: boolean): Field | undefined {
  const count = token.length;
  const digits = (most: number) => (isAdjacent ? `(\\d{${count}})` : `(\\d{1,${Math.max(most, count)}})`);
  switch (token.charAt(0)) {
    case "y":
    case "x":
    case "u":
    case "Y":
      return { pattern: isAdjacent ? `(\\d{${count}})` : count === 2 ? "(\\d{2}|\\d{4})" : "(\\d{4})", read: readYear };
    case "M":
      return count > 2
        ? { pattern: monthPattern, read: readMonth }
        : { pattern: digits(2), read: (parts, text) => (parts.month = Number(text)) };
    case "d":
      return { pattern: digits(2), read: (parts, text) => (parts.day = Number(text)) };
    case "E":
    case "e":
      return { pattern: dayPattern, read: () => {} };
    case "H":
    case "K":
      return { pattern: digits(2), read: (parts, text) => (parts.hour = Number(text)) };
    case "h":
    case "k":
      // Twelve, or twenty-four, o'clock is the hour's beginning.
      return { pattern: digits(2), read: (parts, text) => (parts.hour = Number(text) % (token.startsWith("h") ? 12 : 24)) };
    case "a":
      return { pattern: "([ap]m)", read: (parts, text) => (parts.halfDay = /^p/i.test(text) ? 12 : 0) };
    case "m":
      return { pattern: digits(2), read: (parts, text) => (parts.minute = Number(text)) };
    case "s":
      return { pattern: digits(2), read: (parts, text) => (parts.second = Number(text)) };
    case "S":
      return { pattern: digits(9), read: (parts, text) => (parts.millisecond = Number(text.padEnd(3, "0").slice(0, 3))) };
    case "Z":
      return count > 2
        ? { pattern: "([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)", read: readZone }
        : { pattern: "(Z|[+-]\\d{2}:?\\d{2})", read: readOffset };
    case "z":
      return { pattern: "([A-Za-z]{1,5}|[+-]\\d{2}:?\\d{2})", read: readZone };
    default:
      return undefined;
  }
}

/** Years of two digits are those within fifty years around 2026, as far as two digits can say. */
function readYear(parts: DateParts, text: string): void {
  const year = Number(text);
  parts.year = text.length > 2 ? year : year + (year < 70 ? 2000 : 1900);
}

function readMonth(parts: DateParts, text: string): void {
  parts.month = months.indexOf(text.slice(0, 3).toLowerCase()) + 1;
}

function readOffset(parts: DateParts, text: string): void {
  parts.offsetMs = offsetOf(text);
}

function readZone(parts: DateParts, text: string): void {
  const hours = zoneOffsetHours[text.toUpperCase()];
  if (hours !== undefined) parts.offsetMs = hours * 3_600_000;
  else if (/^[+-]/.test(text)) parts.offsetMs = offsetOf(text);
  else parts.zone = text;
}

/** `Z`, `+08`, `+0800` or `+08:00` in milliseconds. */
export function offsetOf(text: string): number {
  if (text.toUpperCase() === "Z") return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(3).replace(":", "") || 0);
  return (text.startsWith("-") ? -minutes : minutes) * 60_000;
}
