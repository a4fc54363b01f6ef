import { checkOptions, nearestName, type ConfigProblem } from "@gatelog/service-kit";
import { parseCondition, type ParsedCondition } from "./condition.ts";
import { filterDefinitions } from "./definitions.ts";
import type { FilterDefinition } from "./filter.ts";

/** A filter, or a condition around filters, as the configuration says it. */
export type FilterSpec =
  | { readonly kind: "filter"; readonly name: string; readonly definition: FilterDefinition; readonly options: never }
  | {
      readonly kind: "when";
      readonly name: string;
      readonly condition: ParsedCondition;
      /** The condition as it was written, for the graph. */
      readonly source: unknown;
      readonly matched: readonly FilterSpec[];
      readonly otherwise: readonly FilterSpec[];
    };

export interface ParsedFilters {
  readonly specs: readonly FilterSpec[];
  readonly problems: readonly ConfigProblem[];
}

type Path = readonly (string | number)[];

const conditionKeys: ReadonlySet<string> = new Set(["when", "do", "else", "as"]);
/** Conditions within conditions. */
const depthMax = 16;

/**
 * Reads the list of filters. An entry is a name (`parseRecord`), a name with options (`{ grok: { … } }`), to which `as` gives another name and `when` a
 * condition, or `{ when: …, do: […], else: […] }`.
 */
export function parseFilters(value: unknown, directory: string, path: Path = ["filters"]): ParsedFilters {
  return new FilterParser(directory).parse(value, path);
}

class FilterParser {
  readonly #directory: string;
  readonly #names = new Map<string, number>();
  readonly #problems: ConfigProblem[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  parse(value: unknown, path: Path): ParsedFilters {
    return { specs: this.#list(value, path, 0), problems: this.#problems };
  }

  #list(value: unknown, path: Path, depth: number): FilterSpec[] {
    if (!Array.isArray(value)) return this.#wrong(path, "expected a list of filters");
    if (depth > depthMax) return this.#wrong(path, `conditions stand ${depthMax} deep in each other: make them fewer`);
    return value.flatMap((entry: unknown, index) => this.#entry(entry, [...path, index], depth));
  }

  #entry(entry: unknown, path: Path, depth: number): FilterSpec[] {
    if (typeof entry === "string") return this.#filter({ [entry]: {} }, path);
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      return this.#wrong(path, "expected a filter, such as parseRecord or { drop: {} }");
    const isCondition = Object.hasOwn(entry, "when") && Object.keys(entry).every((key) => conditionKeys.has(key));
    if (isCondition && !Object.hasOwn(entry, "do"))
      return this.#wrong(path, "expected `do` beside `when`: the filters where the condition holds (`do: []` for none)");
    return Object.hasOwn(entry, "do")
      ? this.#when(entry as Record<string, unknown>, path, depth)
      : this.#filter(entry as Record<string, unknown>, path);
  }

  #when({ when, do: matched, else: otherwise = [], as, ...rest }: Record<string, unknown>, path: Path, depth: number): FilterSpec[] {
    for (const key of Object.keys(rest)) this.#wrong([...path, key], `unknown key "${key}", valid are: when, do, else, as`);
    const condition = this.#condition(when, [...path, "when"]);
    const branches = {
      matched: this.#list(matched, [...path, "do"], depth + 1),
      otherwise: this.#list(otherwise, [...path, "else"], depth + 1),
    };
    return [{ kind: "when", name: this.#nameOf("when", as, path), condition, source: when, ...branches }];
  }

  #filter({ as, when, ...rest }: Record<string, unknown>, path: Path): FilterSpec[] {
    const [name, ...others] = Object.keys(rest);
    if (name === undefined || others.length > 0) return this.#wrong(path, "expected one filter, with as and when beside it");
    const definition = filterDefinitions.get(name);
    if (definition === undefined) return this.#wrong([...path, name], unknownFilter(name));
    const options = this.#options(definition, rest[name], [...path, name]);
    const spec: FilterSpec = { kind: "filter", name: this.#nameOf(name, as, path), definition, options: options as never };
    if (when === undefined) return [spec];
    const condition = this.#condition(when, [...path, "when"]);
    return [{ kind: "when", name: this.#nameOf("when", undefined, path), condition, source: when, matched: [spec], otherwise: [] }];
  }

  #options({ schema, check }: FilterDefinition, given: unknown, path: Path): unknown {
    const { value, problems } = checkOptions({ schema, value: given ?? {}, path, directory: this.#directory });
    this.#problems.push(...problems);
    if (problems.length > 0) return value;
    for (const { path: below, message } of check?.(value as never) ?? []) this.#problems.push({ path: [...path, ...below], message });
    return value;
  }

  #condition(value: unknown, path: Path): ParsedCondition {
    const condition = parseCondition(value);
    for (const { path: below, message } of condition.problems) this.#problems.push({ path: [...path, ...below], message });
    return condition;
  }

  /** Its own name, or the filter's, with a number from the second one on. */
  #nameOf(kind: string, as: unknown, path: Path): string {
    if (as !== undefined && (typeof as !== "string" || !/^[A-Za-z][\w-]{0,63}$/.test(as)))
      this.#wrong([...path, "as"], "expected a name of letters, digits, - and _");
    const base = typeof as === "string" ? as : kind;
    const count = (this.#names.get(base) ?? 0) + 1;
    this.#names.set(base, count);
    if (count > 1 && base === as) this.#wrong([...path, "as"], `two filters are named ${base}: give one of them another name`);
    return count === 1 ? base : `${base}${count}`;
  }

  #wrong(path: Path, message: string): FilterSpec[] {
    this.#problems.push({ path, message });
    return [];
  }
}

function unknownFilter(name: string): string {
  const names = [...filterDefinitions.keys()];
  const nearest = nearestName(name, names);
  return `there is no filter "${name}"${nearest === undefined ? `, there are: ${names.join(", ")}` : `, did you mean "${nearest}"?`}`;
}
