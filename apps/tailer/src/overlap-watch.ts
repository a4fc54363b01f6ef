import { compileGlob, type Glob } from "@gatelog/file-tail";

/** What matters here of an input. */
export interface OverlapInput {
  readonly id: string;
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
}

/** Notices files that several inputs name; the first of them reads such a file. */
export class OverlapWatch {
  readonly #inputs: readonly { readonly id: string; readonly paths: readonly Glob[]; readonly exclude: readonly Glob[] }[];
  readonly #told = new Set<string>();

  constructor(inputs: readonly OverlapInput[]) {
    this.#inputs = inputs.map(({ id, paths, exclude }) => ({ id, paths: paths.map(compileGlob), exclude: exclude.map(compileGlob) }));
  }

  /** The ids of the inputs that name the file where there are several, once for the same inputs; else undefined. */
  inputsOf(path: string): readonly string[] | undefined {
    if (this.#inputs.length < 2) return undefined;
    const ids = this.#inputs.filter(({ paths, exclude }) => matches(path, paths) && !matches(path, exclude)).map(({ id }) => id);
    const key = JSON.stringify(ids);
    if (ids.length < 2 || this.#told.has(key)) return undefined;
    this.#told.add(key);
    return ids;
  }
}

function matches(path: string, globs: readonly Glob[]): boolean {
  return globs.some((glob) => glob.matches(path));
}
