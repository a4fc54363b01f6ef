import { dirname } from "node:path";
import { compileGlob, type Glob } from "./glob.ts";
import { Scanner } from "./scan.ts";
import type { TailInput } from "./types.ts";

/** An input, with what its options come to. */
export interface CompiledInput extends TailInput {
  readonly globs: readonly Glob[];
  readonly excluded: readonly Glob[];
  readonly scanner: Scanner;
}

/** The inputs, and what each of them reads. */
export class Inputs {
  readonly #byId: ReadonlyMap<string, CompiledInput>;

  /** `excluded` is read by none of them. **Errors**: GATELOG_FILE_TAIL_PATTERN. */
  constructor(inputs: readonly TailInput[], excluded: readonly string[]) {
    this.#byId = new Map(inputs.map((input) => [input.id, compileInput(input, excluded)]));
  }

  [Symbol.iterator](): IterableIterator<CompiledInput> {
    return this.#byId.values();
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  of({ input: id }: { readonly input: string }): CompiledInput {
    const input = this.#byId.get(id);
    if (input === undefined) throw new Error(`no input has the id ${id}`);
    return input;
  }

  /** Whether a file of this name would be read. */
  wants(path: string): boolean {
    for (const { globs, excluded } of this) {
      if (globs.some((glob) => glob.matches(path)) && !excluded.some((glob) => glob.matches(path))) return true;
    }
    return false;
  }

  /** Whether the input has it that nothing is read at this path, or in a directory that it is in. */
  excludes(id: string, path: string): boolean {
    const excluded = this.#byId.get(id)?.excluded ?? [];
    for (let at = path; excluded.length > 0; at = dirname(at)) {
      if (excluded.some((glob) => glob.matches(at))) return true;
      if (at === dirname(at)) break;
    }
    return false;
  }

  /** Whether the input would read a file at this path. */
  matches(id: string, path: string): boolean {
    return this.#byId.get(id)?.globs.some((glob) => glob.matches(path)) === true && !this.excludes(id, path);
  }

  readsCompressed(id: string): boolean {
    return this.#byId.get(id)?.compression !== "none";
  }
}

function compileInput(input: TailInput, alsoExcluded: readonly string[]): CompiledInput {
  const globs = input.paths.map(compileGlob);
  const excluded = [...alsoExcluded, ...(input.exclude ?? [])].map(compileGlob);
  const { symlinks = false, compression = "auto" } = input;
  return { ...input, globs, excluded, scanner: new Scanner({ globs, excluded, symlinks, compression }) };
}
