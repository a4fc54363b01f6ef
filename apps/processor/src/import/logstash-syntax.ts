/** A place in a file, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A value of an attribute, a list, or a hash. */
export type Value =
  /** Quoted, or bare. */
  | { readonly kind: "text"; readonly text: string; readonly place: Place }
  | { readonly kind: "number"; readonly number: number; readonly text: string; readonly place: Place }
  | { readonly kind: "array"; readonly items: readonly Value[]; readonly place: Place }
  | { readonly kind: "hash"; readonly entries: readonly HashEntry[]; readonly place: Place }
  /** A codec with its attributes. */
  | { readonly kind: "plugin"; readonly plugin: Plugin; readonly place: Place };

export interface HashEntry {
  readonly key: string;
  readonly value: Value;
  readonly place: Place;
}

export interface Attribute {
  readonly name: string;
  readonly value: Value;
  readonly place: Place;
}

/** An input, a filter, an output, or a codec. */
export interface Plugin {
  readonly kind: "plugin";
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly place: Place;
}

/** `if`, `else if`, `else`: the first arm counts whose condition holds; `else` has none. */
export interface Branch {
  readonly kind: "branch";
  readonly arms: readonly BranchArm[];
  readonly place: Place;
}

export interface BranchArm {
  readonly condition: Expression | undefined;
  readonly body: readonly Statement[];
  readonly place: Place;
}

export type Statement = Plugin | Branch;

export const sectionKinds = ["input", "filter", "output"] as const;
export type SectionKind = (typeof sectionKinds)[number];

/** What all files together say. */
export type LogstashConfig = Readonly<Record<SectionKind, readonly Statement[]>>;

export const comparisonOperators = ["==", "!=", "<=", ">=", "<", ">"] as const;
export type ComparisonOperator = (typeof comparisonOperators)[number];

export const booleanOperators = ["and", "nand", "or", "xor"] as const;
export type BooleanOperator = (typeof booleanOperators)[number];

/** What stands on one side of a comparison. */
export type Operand =
  /** Keys of a field, from the outermost. */
  | { readonly kind: "field"; readonly keys: readonly string[]; readonly place: Place }
  | { readonly kind: "regexp"; readonly pattern: string; readonly place: Place }
  | Extract<Value, { readonly kind: "text" | "number" | "array" }>;

/** A condition. */
export type Expression =
  | { readonly kind: "operand"; readonly operand: Operand; readonly place: Place }
  | { readonly kind: "not"; readonly inner: Expression; readonly place: Place }
  | { readonly kind: BooleanOperator; readonly left: Expression; readonly right: Expression; readonly place: Place }
  | {
      readonly kind: "compare";
      readonly operator: ComparisonOperator | "=~" | "!~" | "in" | "not in";
      readonly left: Operand;
      readonly right: Operand;
      readonly place: Place;
    };
