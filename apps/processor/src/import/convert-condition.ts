import { RE2JS } from "re2js";
import { fieldName, isTemplate, NoEquivalent } from "./field-names.ts";
import type { Expression, Operand, Place } from "./logstash-syntax.ts";
import { ownTag } from "./tags.ts";

/** A condition as processor.yaml has it. */
export type Condition = Readonly<Record<string, unknown>>;

type Comparison = Extract<Expression, { readonly kind: "compare" }>;

/** A condition that cannot be translated, and where. */
export class NoCondition extends NoEquivalent {
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/** Translates a condition. **Errors**: NoCondition. */
export function convertCondition(expression: Expression): Condition {
  switch (expression.kind) {
    case "operand":
      return truthy(expression.operand);
    case "not":
      return negated(convertCondition(expression.inner));
    case "compare":
      return convertComparison(expression);
    default: {
      const left = convertCondition(expression.left);
      const right = convertCondition(expression.right);
      if (expression.kind === "and" || expression.kind === "nand") {
        const all = { all: [...partsOf(left, "all"), ...partsOf(right, "all")] };
        return expression.kind === "and" ? all : { not: all };
      }
      if (expression.kind === "or") return { any: [...partsOf(left, "any"), ...partsOf(right, "any")] };
      return { any: [{ all: [left, negated(right)] }, { all: [negated(left), right] }] };
    }
  }
}

/** All of these conditions; undefined for none. */
export function allOf(conditions: readonly Condition[]): Condition | undefined {
  return conditions.length > 1 ? { all: conditions.flatMap((condition) => partsOf(condition, "all")) } : conditions[0];
}

/** The opposite. */
export function negated(condition: Condition): Condition {
  return "not" in condition ? (condition["not"] as Condition) : { not: condition };
}

function partsOf(condition: Condition, kind: "all" | "any"): readonly Condition[] {
  return kind in condition ? (condition[kind] as readonly Condition[]) : [condition];
}

/** A field that is there, and not false. */
function truthy(operand: Operand): Condition {
  const field = nameOf(operand);
  return { all: [{ field, exists: true }, { not: { field, equals: false } }] };
}

function convertComparison({ operator, left, right, place }: Comparison): Condition {
  if (operator === "in" || operator === "not in") return operator === "in" ? contained(left, right) : negated(contained(left, right));
  if (operator === "=~" || operator === "!~") {
    if (left.kind !== "field") throw new NoCondition(`on the left of ${operator} stands no field`, left.place);
    const matches = { field: nameOf(left), matches: patternOf(right) };
    return operator === "=~" ? matches : negated(matches);
  }
  if (left.kind !== "field" && right.kind === "field")
    return convertComparison({ kind: "compare", operator: mirrored(operator), left: right, right: left, place });
  const field = nameOf(left);
  const operand = valueOf(right);
  if (operator === "==") return { field, equals: operand };
  if (operator === "!=") return negated({ field, equals: operand });
  return { field, [orders[operator]]: operand };
}

const orders = { "<": "lt", "<=": "lte", ">": "gt", ">=": "gte" } as const;

function mirrored(operator: Exclude<Comparison["operator"], "in" | "not in" | "=~" | "!~">): typeof operator {
  if (operator === "==" || operator === "!=") return operator;
  return ({ "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const)[operator];
}

/** `"x" in [field]`, or `[field] in ["x", "y"]`. */
function contained(left: Operand, right: Operand): Condition {
  if (right.kind === "field") {
    const value = valueOf(left);
    const field = nameOf(right);
    return { field, contains: field === "tags" && typeof value === "string" ? ownTag(value) : value };
  }
  if (right.kind === "array") {
    const items = right.items.map((item) => {
      if (item.kind === "text" || item.kind === "number") return valueOf(item);
      throw new NoCondition("a list in a condition has something else in it than texts and numbers", item.place);
    });
    return { field: nameOf(left), in: items };
  }
  throw new NoCondition('on the right of "in" stands neither a field nor a list', right.place);
}

function nameOf(operand: Operand): string {
  if (operand.kind !== "field") throw new NoCondition("it compares a value with a value: one side has to be a field", operand.place);
  try {
    return fieldName(operand.keys);
  } catch (error) {
    throw error instanceof NoEquivalent ? new NoCondition(error.message, operand.place) : error;
  }
}

function valueOf(operand: Operand): string | number {
  if (operand.kind === "field") throw new NoCondition("it compares a field with another field, which only a script can do", operand.place);
  if (operand.kind === "number") return operand.number;
  if (operand.kind !== "text") throw new NoCondition("it compares with a list or a regular expression", operand.place);
  if (isTemplate(operand.text) || operand.text.includes("${"))
    throw new NoCondition(`it compares with "${operand.text}", which is only known when it runs`, operand.place);
  return operand.text;
}

/** Ruby's expressions as RE2 has them: `^` and `$` are at lines. */
function patternOf(operand: Operand): string {
  if (operand.kind !== "regexp" && operand.kind !== "text") throw new NoCondition("it has no regular expression", operand.place);
  const source = operand.kind === "regexp" ? operand.pattern : operand.text;
  const pattern = rubyPattern(source);
  try {
    RE2JS.compile(pattern);
    return pattern;
  } catch {
    throw new NoCondition(`the expression ${source} has something that RE2 has not, such as (?=…), (?!…) or \\1`, operand.place);
  }
}

/** A regular expression of Ruby's in the form of RE2. */
export function rubyPattern(source: string): string {
  const pattern = source.replaceAll(/\\([\s\S])/g, (whole, escaped: string) => {
    if (escaped === "h") return "[0-9a-fA-F]";
    return escaped === "Z" ? "\\z" : whole;
  });
  return /(?:^|[^\\[])[\^$]/.test(pattern) ? `(?m)${pattern}` : pattern;
}
