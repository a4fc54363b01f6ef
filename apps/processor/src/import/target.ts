/** A part of processor.yaml; what is undefined is left out. */
export type Entry = Readonly<Record<string, unknown>>;

/** The parts of processor.yaml that an import writes. */
export interface TargetConfig {
  readonly inputs: readonly Entry[];
  readonly filters: readonly Entry[];
  readonly outputs: readonly Entry[];
  readonly buffer: { readonly dir: string };
}

/** Where entries come from, for comments in the YAML. */
export type Origins = WeakMap<object, string>;

/** A copy without what is undefined. */
export function withoutUndefined<Shape>(value: Shape, origins: Origins): Shape {
  if (typeof value !== "object" || value === null) return value;
  const copy: unknown = Array.isArray(value)
    ? value.map((item: unknown) => withoutUndefined(item, origins))
    : Object.fromEntries(
        Object.entries(value)
          .filter(([, inner]) => inner !== undefined)
          .map(([key, inner]) => [key, withoutUndefined(inner, origins)]),
      );
  const origin = origins.get(value);
  if (origin !== undefined) origins.set(copy as object, origin);
  return copy as Shape;
}
