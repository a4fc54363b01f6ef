const signs: Readonly<Record<string, string>> = {
  equals: "=",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  in: "in",
  matches: "matches",
  contains: "contains",
};

/** A condition, as the configuration has it, in words: `record.status >= 500 and not (path = "/health")`. */
export function conditionText(condition: unknown): string {
  if (typeof condition === "function") return condition.name === "" || condition.name === "when" ? "a function" : `${condition.name}()`;
  if (typeof condition !== "object" || condition === null) return "?";
  const parts = condition as Record<string, unknown>;
  if ("not" in parts) return `not (${conditionText(parts["not"])})`;
  if (Array.isArray(parts["all"])) return listText(parts["all"], "and");
  if (Array.isArray(parts["any"])) return listText(parts["any"], "or");
  const { field, ...comparisons } = parts;
  return Object.entries(comparisons)
    .map(([name, operand]) => comparisonText(String(field), name, operand))
    .join(" and ");
}

function comparisonText(field: string, name: string, operand: unknown): string {
  if (name === "exists") return operand === true ? `${field} exists` : `${field} is missing`;
  return `${field} ${signs[name] ?? name} ${JSON.stringify(operand)}`;
}

function listText(conditions: readonly unknown[], word: "and" | "or"): string {
  const isNested = (one: unknown) => typeof one === "object" && one !== null && ("all" in one || "any" in one);
  return conditions.map((one) => (isNested(one) ? `(${conditionText(one)})` : conditionText(one))).join(` ${word} `);
}
