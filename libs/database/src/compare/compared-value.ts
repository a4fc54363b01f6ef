import type { SqlColumn } from "../columns.ts";
import { instantOf } from "./time-shape.ts";

/** Longest text of a value in an example. */
const shownLengthMax = 60;

/** A value of either side in one form, so that equal ones are equal texts. An empty text is none. */
export function comparedValue({ type }: SqlColumn, value: unknown, timeZone: string): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  switch (type) {
    case "integer":
    case "bigint":
    case "real":
      return numberText(value);
    case "boolean":
      return String(value === true || /^(?:t|true|1|y|yes)$/i.test(textOf(value)));
    case "timestamp": {
      const ms = instantOf(value, timeZone);
      return ms === undefined ? textOf(value) : new Date(ms).toISOString();
    }
    case "day":
      return textOf(value).slice(0, 10);
    case "json":
      return canonicalJson(value);
    default:
      return textOf(value);
  }
}

/** Whether theirs is ours: a time without a fraction is compared to the second. */
export function isEqualValue({ type }: SqlColumn, ours: string | undefined, theirs: string | undefined): boolean {
  if (ours === theirs) return true;
  return type === "timestamp" && ours !== undefined && theirs?.endsWith(".000Z") === true && ours.slice(0, 19) === theirs.slice(0, 19);
}

/** For people; from a place on. */
export function shownValue(value: string | undefined, from = 0): string {
  if (value === undefined) return "nothing";
  const end = from + shownLengthMax;
  return `${from > 0 ? "…" : ""}${JSON.stringify(value.slice(from, end))}${value.length > end ? "…" : ""}`;
}

/** Two values that differ, from a little before the place where they do. */
export function shownDifference(ours: string | undefined, theirs: string | undefined): string {
  let place = 0;
  for (const character of ours ?? "") {
    if (character !== (theirs ?? "").slice(place, place + character.length)) break;
    place += character.length;
  }
  const from = place < shownLengthMax / 2 ? 0 : place - shownLengthMax / 3;
  return `here ${shownValue(ours, from)}, there ${shownValue(theirs, from)}`;
}

function numberText(value: unknown): string {
  const number = Number(value);
  return Number.isNaN(number) ? textOf(value) : String(number);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value) ?? "";
}

function canonicalJson(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(sorted(value));
  try {
    return JSON.stringify(sorted(JSON.parse(value)));
  } catch {
    return value;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
