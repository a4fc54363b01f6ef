import { RE2JS } from "re2js";
import type { WorkEvent } from "../work-event.ts";
import { FieldPath, textOf } from "./field-path.ts";
import type { OptionProblem } from "./filter.ts";

/** Whether an event is meant. */
export type Predicate = (event: WorkEvent) => boolean;

/** A condition as it was read: a predicate, or what is wrong with it. */
export interface ParsedCondition {
  readonly predicate: Predicate;
  readonly problems: readonly OptionProblem[];
  /** Whether it is a user's code, which may take long. */
  readonly isCode: boolean;
}

type Path = readonly (string | number)[];
type Comparison = (value: unknown) => boolean;

/** What a field may be compared by. */
const comparisons: Readonly<Record<string, (operand: unknown) => Comparison | string>> = {
  equals: (operand) => (value) => isEqual(value, operand),
  in: (operand) => (Array.isArray(operand) ? (value) => operand.some((one) => isEqual(value, one)) : "expected a list"),
  matches: (operand) => matches(operand),
  contains: (operand) => (value) =>
    Array.isArray(value) ? value.some((one) => isEqual(one, operand)) : textOf(value).includes(textOf(operand)),
  exists: (operand) =>
    typeof operand === "boolean" ? (value) => (value !== undefined && value !== null) === operand : "expected true or false",
  gt: (operand) => ordered(operand, (value, bound) => value > bound),
  gte: (operand) => ordered(operand, (value, bound) => value >= bound),
  lt: (operand) => ordered(operand, (value, bound) => value < bound),
  lte: (operand) => ordered(operand, (value, bound) => value <= bound),
};

const combinations = ["all", "any", "not"] as const;

/**
 * Reads a condition: `{ field: record.status, gte: 500 }` (of several comparisons all have to hold), `{ all: […] }`, `{ any: […] }`, `{ not: … }`, or, in a
 * `pipeline.ts`, a function of the event. A field that is not there is equal to nothing.
 */
export function parseCondition(value: unknown, path: Path = []): ParsedCondition {
  if (typeof value === "function") return { predicate: (event) => (value as Predicate)(event), problems: [], isCode: true };
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return wrong(path, "expected a condition such as { field: record.status, gte: 500 }");
  const condition = value as Record<string, unknown>;
  const combination = combinations.find((name) => Object.hasOwn(condition, name));
  if (combination === undefined) return parseComparison(condition, path);
  if (Object.keys(condition).length > 1) return wrong(path, `"${combination}" stands alone: put the rest into it`);
  return combine(combination, condition[combination], [...path, combination]);
}

function combine(combination: (typeof combinations)[number], value: unknown, path: Path): ParsedCondition {
  if (combination === "not") {
    const { predicate, ...rest } = parseCondition(value, path);
    return { ...rest, predicate: (event) => !predicate(event) };
  }
  if (!Array.isArray(value) || value.length === 0) return wrong(path, "expected a list of conditions");
  const parts = value.map((item: unknown, index) => parseCondition(item, [...path, index]));
  const predicates = parts.map(({ predicate }) => predicate);
  const predicate: Predicate =
    combination === "all" ? (event) => predicates.every((part) => part(event)) : (event) => predicates.some((part) => part(event));
  return { predicate, problems: parts.flatMap(({ problems }) => problems), isCode: parts.some(({ isCode }) => isCode) };
}

function parseComparison({ field, ...rest }: Record<string, unknown>, path: Path): ParsedCondition {
  if (typeof field !== "string") return wrong([...path, "field"], "expected the name of a field, such as record.status");
  const place = FieldPath.parse(field);
  if (typeof place === "string") return wrong([...path, "field"], place);
  const checks: Comparison[] = [];
  for (const [name, operand] of Object.entries(rest)) {
    const comparison = Object.hasOwn(comparisons, name) ? comparisons[name]?.(operand) : undefined;
    if (comparison === undefined)
      return wrong([...path, name], `unknown key "${name}", valid are: field, ${Object.keys(comparisons).join(", ")}`);
    if (typeof comparison === "string") return wrong([...path, name], comparison);
    checks.push(comparison);
  }
  if (checks.length === 0) return wrong(path, `says nothing of ${field}: add one of ${Object.keys(comparisons).join(", ")}`);
  return {
    predicate: (event) => {
      const value = place.get(event);
      return checks.every((check) => check(value));
    },
    problems: [],
    isCode: false,
  };
}

function wrong(path: Path, message: string): ParsedCondition {
  return { predicate: () => false, problems: [{ path, message }], isCode: false };
}

/** A number is equal to its digits, for lines have texts where configurations have numbers. */
function isEqual(value: unknown, operand: unknown): boolean {
  if (value === operand) return true;
  if (typeof value === "number" || typeof value === "boolean") return typeof operand === "string" && String(value) === operand;
  return typeof value === "string" && (typeof operand === "number" || typeof operand === "boolean") && value === String(operand);
}

/** Patterns are RE2's: they take time in proportion to the text, whatever it is. */
function matches(operand: unknown): Comparison | string {
  if (typeof operand !== "string") return "expected a regular expression";
  try {
    const pattern = RE2JS.compile(operand);
    return (value) => value !== undefined && value !== null && pattern.matcher(textOf(value)).find();
  } catch (error) {
    return `"${operand}" is no regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function ordered(operand: unknown, holds: (value: number | string, bound: number | string) => boolean): Comparison | string {
  if (typeof operand === "number")
    return (value) => {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      return typeof number === "number" && holds(number, operand);
    };
  return typeof operand === "string" ? (value) => typeof value === "string" && holds(value, operand) : "expected a number or a text";
}
