import type { LineOptions } from "../types.ts";
import { LinePattern } from "./pattern.ts";
import type { TextSpan } from "./text-arena.ts";

/** Which events are taken, by their text: those that one of `includeLines` matches, and of these those that none of `excludeLines` does. */
export class LineFilter {
  readonly #include: readonly LinePattern[];
  readonly #exclude: readonly LinePattern[];

  /** **Errors**: GATELOG_FILE_TAIL_LINES. */
  constructor({ includeLines = [], excludeLines = [] }: Pick<LineOptions, "includeLines" | "excludeLines">) {
    this.#include = includeLines.map((source, index) => new LinePattern(source, `includeLines[${index}]`));
    this.#exclude = excludeLines.map((source, index) => new LinePattern(source, `excludeLines[${index}]`));
  }

  takes(text: TextSpan): boolean {
    const isIncluded = this.#include.length === 0 || this.#include.some((pattern) => pattern.matches(text));
    return isIncluded && !this.#exclude.some((pattern) => pattern.matches(text));
  }
}
