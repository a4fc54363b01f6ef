import type { JsonSchema } from "@gatelog/service-kit";

/** The type of what a user may write for a schema: what has a default may be left out. */
export function typeText(given: object): string {
  const shape = given as JsonSchema;
  if (shape.typescript !== undefined) return shape.typescript;
  if (shape.anyOf !== undefined) return unionText(shape.anyOf.map(typeText));
  if (shape.enum !== undefined) return unionText(shape.enum.map((value) => JSON.stringify(value)));
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.type === "array") return `readonly (${typeText(shape.items ?? {})})[]`;
  if (shape.type === "integer") return "number";
  if (shape.type === "object") return objectText(shape);
  return shape.type ?? "unknown";
}

/** Whether a value may be left out. */
export function isOptional({ default: fallback, properties, required = [], oneOf = [], type }: JsonSchema): boolean {
  if (fallback !== undefined) return true;
  if (type !== "object" || oneOf.length > 0) return false;
  return required.every((key) => isOptional(properties?.[key] ?? {}));
}

function unionText(types: readonly string[]): string {
  return types.length === 0 ? "never" : `(${[...new Set(types)].join(" | ")})`;
}

function objectText(shape: JsonSchema): string {
  const { properties, patternProperties, additionalProperties, oneOf = [] } = shape;
  if (properties === undefined) {
    const values = Object.values(patternProperties ?? {});
    if (values.length > 0) return `Readonly<Record<string, ${unionText(values.map(typeText))}>>`;
    const free = typeof additionalProperties === "object" ? typeText(additionalProperties) : "unknown";
    return `Readonly<Record<string, ${free}>>`;
  }
  const choices = oneOf.flatMap(({ required = [] }) => required);
  if (choices.length === 0) return membersText(shape, Object.keys(properties));
  const common = Object.keys(properties).filter((key) => !choices.includes(key));
  return unionText(choices.map((key) => membersText({ ...shape, required: [...(shape.required ?? []), key] }, [key, ...common])));
}

function membersText({ properties = {}, required = [] }: JsonSchema, keys: readonly string[]): string {
  if (keys.length === 0) return "{ readonly [key in never]: never }";
  const members = keys.map((key) => {
    const member = properties[key] ?? {};
    const mark = !required.includes(key) || isOptional(member) ? "?" : "";
    const comment = member.description === undefined ? "" : `/** ${member.description.replaceAll("*/", "* /")} */ `;
    return `${comment}readonly ${JSON.stringify(key)}${mark}: ${typeText(member)};`;
  });
  return `{\n${members.join("\n")}\n}`;
}
