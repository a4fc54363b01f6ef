import type { Clock } from "@gatelog/pipeline";
import { compileGlob, type Glob } from "./glob.ts";
import type { FileTailLimits } from "./limits.ts";
import type { Registry } from "./registry.ts";
import { type ScannedFile, Scanner, type ScanResult } from "./scan.ts";
import { keyOf, TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent, TailInput } from "./types.ts";

interface CompiledInput {
  readonly id: string;
  readonly globs: readonly Glob[];
  readonly excluded: readonly Glob[];
  readonly scanner: Scanner;
}

export interface FileSetOptions {
  readonly inputs: readonly TailInput[];
  /** Never read, whatever the inputs say: the registry's own directory. */
  readonly excluded: readonly string[];
  readonly registry: Registry;
  readonly limits: FileTailLimits;
  readonly clock: Clock;
  readonly onEvent?: OnFileTailEvent | undefined;
}

/**
 * The files that the inputs name, by what the kernel calls them (device and inode), never by their names.
 *
 * **Guarantee**: a file is called missing only after a scan that could look at everything did not find it.
 */
export class FileSet {
  readonly #options: FileSetOptions;
  readonly #inputs: readonly CompiledInput[];
  readonly #files = new Map<string, TrackedFile>();
  readonly #byPath = new Map<string, TrackedFile>();
  #directories: ReadonlySet<string> = new Set();
  readonly #failures = new Map<string, string>();

  /** **Errors**: GATELOG_FILE_TAIL_PATTERN. */
  constructor(options: FileSetOptions) {
    this.#options = options;
    this.#inputs = options.inputs.map((input) => {
      const globs = input.paths.map(compileGlob);
      const excluded = [...options.excluded, ...(input.exclude ?? [])].map(compileGlob);
      return { id: input.id, globs, excluded, scanner: new Scanner({ globs, excluded }) };
    });
  }

  get size(): number {
    return this.#files.size;
  }

  /** Why the last scan could not look at everything; undefined when it could. */
  get problem(): string | undefined {
    const [first] = this.#failures.values();
    return first;
  }

  values(): IterableIterator<TrackedFile> {
    return this.#files.values();
  }

  atPath(path: string): TrackedFile | undefined {
    return this.#byPath.get(path);
  }

  /** Whether a file of this name would be read. */
  wants(path: string): boolean {
    return this.#inputs.some(
      ({ globs, excluded }) => globs.some((glob) => glob.matches(path)) && !excluded.some((glob) => glob.matches(path)),
    );
  }

  /** The directories that the last scan could read: what is worth to be watched. */
  get directories(): ReadonlySet<string> {
    return this.#directories;
  }

  /** Looks at all directories. */
  async scan(): Promise<void> {
    const directories = new Set<string>();
    const byPath = new Map<string, TrackedFile>();
    for (const input of this.#inputs) {
      const result = await input.scanner.scan();
      for (const directory of result.directories) directories.add(directory);
      this.#noteFailure(input.id, result);
      this.#take(input, result, byPath);
    }
    this.#directories = directories;
    this.#byPath.clear();
    for (const [path, file] of byPath) this.#byPath.set(path, file);
    this.#cleanRegistry();
  }

  forget(file: TrackedFile): void {
    this.#files.delete(file.key);
  }

  #take(input: CompiledInput, result: ScanResult, byPath: Map<string, TrackedFile>): void {
    const seen = new Set<string>();
    for (const found of result.files) {
      const file = this.#update(input, found);
      if (file === undefined) continue;
      seen.add(file.key);
      byPath.set(found.path, file);
    }
    if (!result.isComplete) return;
    for (const file of this.#files.values()) if (file.input === input.id && !seen.has(file.key)) file.isMissing = true;
    this.#markMissing(input, seen);
  }

  #update(input: CompiledInput, found: ScannedFile): TrackedFile | undefined {
    const known = this.#files.get(keyOf(found));
    if (known === undefined) return this.#add(input, found);
    if (known.input !== input.id) return undefined;
    if (known.path !== found.path) {
      this.#options.onEvent?.({ type: "fileRenamed", path: found.path, from: known.path });
      known.path = found.path;
    }
    known.isMissing = false;
    known.notice(found);
    return known;
  }

  #add(input: CompiledInput, found: ScannedFile): TrackedFile | undefined {
    const { registry, limits, clock, onEvent } = this.#options;
    const entry = registry.find(found.device, found.inode);
    if (entry === undefined && registry.size >= limits.filesMax) {
      onEvent?.({ type: "registryFull", path: found.path, filesMax: limits.filesMax });
      return undefined;
    }
    const file = new TrackedFile(input.id, found, clock.monotonicMs());
    if (entry !== undefined) file.adopt(entry);
    if (entry?.missingSince !== undefined) registry.put(file.entry);
    this.#files.set(file.key, file);
    onEvent?.({ type: "fileFound", path: found.path, offset: file.readOffset });
    return file;
  }

  #markMissing(input: CompiledInput, seen: ReadonlySet<string>): void {
    const { registry, clock } = this.#options;
    for (const entry of registry.entries()) {
      const key = keyOf(entry);
      if (entry.input !== input.id || entry.missingSince !== undefined || seen.has(key) || this.#files.has(key)) continue;
      registry.put({ ...entry, missingSince: clock.now() });
    }
  }

  #cleanRegistry(): void {
    const { registry, limits, clock } = this.#options;
    const oldest = clock.now() - limits.cleanRemovedMs;
    for (const entry of registry.entries()) {
      if (entry.missingSince !== undefined && entry.missingSince <= oldest) registry.drop(entry.generation);
    }
  }

  #noteFailure(input: string, result: ScanResult): void {
    const { onEvent } = this.#options;
    if (result.failure === undefined) {
      if (this.#failures.delete(input)) onEvent?.({ type: "scanRecovered", input });
      return;
    }
    const { path, error } = result.failure;
    const problem = `${path}: ${error instanceof Error ? error.message : String(error)}`;
    if (this.#failures.get(input) === problem) return;
    this.#failures.set(input, problem);
    onEvent?.({ type: "scanFailed", input, path, error });
  }
}
