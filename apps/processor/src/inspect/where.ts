import { AdminRefusal } from "@gatelog/service-kit";
import { parseCondition, type Predicate } from "../filters/condition.ts";

const shape = /^(?<field>[^=!<>~]+?)\s*(?<sign>!=|>=|<=|=|>|<|~)\s*(?<value>[^]*)$/;
const names: Readonly<Record<string, string>> = { "=": "equals", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "~": "matches" };

/**
 * Reads what events have to be like: all of `record.status>=500`, `team=shop`, `team!=shop`, `record.path~^/a/` (a pattern of RE2).
 *
 * **Errors**: AdminRefusal 400.
 */
export function parseWhere(texts: readonly string[]): Predicate | undefined {
  if (texts.length === 0) return undefined;
  const predicates = texts.map(parseOne);
  return (event) => predicates.every((predicate) => predicate(event));
}

function parseOne(text: string): Predicate {
  const { field = "", sign = "", value = "" } = shape.exec(text)?.groups ?? {};
  if (field === "") throw new AdminRefusal(400, `"${text}" is no condition: write field=value, or one of != > >= < <= ~ in the place of =`);
  const isOrder = sign.startsWith(">") || sign.startsWith("<");
  const operand = isOrder && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
  const comparison = { field, [names[sign] ?? "equals"]: operand };
  const { predicate, problems } = parseCondition(sign === "!=" ? { not: comparison } : comparison);
  const [problem] = problems;
  if (problem !== undefined) throw new AdminRefusal(400, `"${text}" is no condition: ${problem.message}`);
  return predicate;
}
