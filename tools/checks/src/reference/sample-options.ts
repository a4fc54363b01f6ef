import type { TSchema } from "@gatelog/service-kit/reference";

interface Shape {
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

/** Options of a filter in which every name of a field is `field`: enough to ask what the filter changes. */
export function sampleOptions(schema: TSchema, field: string): unknown {
  return sampleOf(schema, field);
}

function sampleOf(shape: Shape, field: string): unknown {
  if (shape.enum !== undefined) return shape.default ?? shape.enum[0];
  if (shape.anyOf !== undefined) return sampleOf(shape.anyOf[0] ?? {}, field);
  if (shape.type === "array") return [sampleOf(shape.items ?? {}, field)];
  if (shape.type === "boolean") return shape.default ?? true;
  if (shape.type === "number" || shape.type === "integer") return shape.default ?? 1;
  if (shape.type !== "object") return field;
  if (shape.properties === undefined) return { [field]: field };
  return Object.fromEntries(Object.entries(shape.properties).map(([key, inner]) => [key, sampleOf(inner, field)]));
}
