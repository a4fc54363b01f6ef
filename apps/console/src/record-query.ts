import { limitDefault, limitMax, type ListQuery } from "@gatelog/database";
import { ConsoleError } from "./errors.ts";

const textCharsMax = 2048;
const searchCharsMax = 1000;
const names = ["q", "status", "path", "from", "to", "limit", "cursor"] as const;

/**
 * Reads the query string of `GET /api/records`; an empty value counts as absent.
 *
 * **Errors**: ConsoleError 400 GATELOG_CONSOLE_PARAMETER, one sentence, at the first thing that is wrong.
 */
export function readRecordQuery(params: Readonly<Record<string, unknown>>): ListQuery {
  for (const name of Object.keys(params)) {
    if (!(names as readonly string[]).includes(name)) throw wrong(`unknown parameter "${name}": known are ${names.join(", ")}`);
  }
  const value = (name: (typeof names)[number]) => single(name, params[name]);
  const from = readTime("from", value("from"));
  const to = readTime("to", value("to"));
  if (from !== undefined && to !== undefined && from >= to) throw wrong("from must be earlier than to");
  return {
    q: readSearch(value("q")),
    status: readStatus(value("status")),
    path: value("path"),
    from,
    to,
    limit: readLimit(value("limit")),
    cursor: value("cursor"),
  };
}

/** One sentence about a parameter, as an answer 400. */
export function wrong(sentence: string, cause?: unknown): ConsoleError {
  return new ConsoleError(400, "GATELOG_CONSOLE_PARAMETER", sentence, cause);
}

function single(name: string, value: unknown): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string") throw wrong(`${name} is given more than once`);
  if (value.length > textCharsMax) throw wrong(`${name} is longer than ${textCharsMax} characters`);
  return value;
}

function readSearch(value: string | undefined): string | undefined {
  if (value !== undefined && value.length > searchCharsMax) throw wrong(`q is longer than ${searchCharsMax} characters`);
  return value;
}

function readStatus(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const status = value.toLowerCase();
  if (!/^[1-9](?:\d\d|xx)$/u.test(status)) throw wrong(`status must be a code such as 500 or a class such as 5xx, not "${value}"`);
  return status;
}

function readLimit(value: string | undefined): number {
  if (value === undefined) return limitDefault;
  const limit = /^\d{1,9}$/u.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > limitMax) throw wrong(`limit must be a whole number from 1 to ${limitMax}, not "${value}"`);
  return limit;
}

const isoTime = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/iu;

/** A time without a zone is UTC, a date alone is its midnight in UTC. */
function readTime(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  // In a query string an unescaped + arrives as a blank: 2026-11-23T08:00:00+08:00.
  const text = value.replace(/ (?=\d\d:?\d\d$)/u, (blank, offset) => (offset > 10 ? "+" : blank));
  const match = isoTime.exec(text);
  const iso = text.replace(" ", "T") + (match?.groups?.["zone"] === undefined && text.length > 10 ? "Z" : "");
  const at = match === null ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) throw wrong(`${name} must be an ISO 8601 time such as 2026-11-23T08:00:00Z, not "${value}"`);
  return new Date(at).toISOString();
}
