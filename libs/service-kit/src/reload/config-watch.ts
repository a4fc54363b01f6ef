import { statSync } from "node:fs";
import type { LoadedConfig } from "../load-config.ts";

/** Where a running app has its configuration from. */
export interface ConfigSource<Config> {
  /** Absolute paths of the files that were read. */
  readonly files: readonly string[];
  /** Reads and checks all of it again, as `--check` does, without the compiler. **Errors**: ConfigError, StartError. */
  readonly load: () => LoadedConfig<Config>;
}

export interface ConfigWatchOptions<Config> {
  readonly source: ConfigSource<Config>;
  /** How often the files are looked at; never where it is undefined. */
  readonly intervalMs: number | undefined;
  /** Takes the new configuration up, or throws why it cannot. */
  readonly onLoaded: (loaded: LoadedConfig<Config>) => void;
  /** Told once for each state of the files that cannot be used. */
  readonly onRefused: (error: unknown) => void;
}

/**
 * Loads an app's configuration again when one of its files is another one.
 *
 * **Guarantee**: a change counts when two looks in a row have seen the same, so that a file which is being written is not read; what is refused is not tried
 * again before something changes. By looking, not by the kernel's notices, which containers and network file systems lose.
 */
export class ConfigWatch<Config> {
  readonly #options: ConfigWatchOptions<Config>;
  #timer: NodeJS.Timeout | undefined;
  /** The files as they were when they were last tried. */
  #tried: ReadonlyMap<string, string>;
  /** The change that the last look saw. */
  #seen: string | undefined;

  /** Made right after the first loading: what changes from then on is seen. */
  constructor(options: ConfigWatchOptions<Config>) {
    this.#options = options;
    this.#tried = signaturesOf(options.source.files);
  }

  start(): void {
    const { intervalMs } = this.#options;
    // It is no reason for the process to stay.
    if (intervalMs !== undefined) this.#timer = setInterval(() => this.#look(), intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Now, whether something changed or not. */
  loadAgain(): void {
    const { source, onLoaded, onRefused } = this.#options;
    const before = signaturesOf([...this.#tried.keys()]);
    let files: Iterable<string> = before.keys();
    try {
      const loaded = source.load();
      files = loaded.files;
      onLoaded(loaded);
    } catch (error) {
      files = new Set([...files, ...filesOf(error)]);
      onRefused(error);
    }
    // What changed while it was read has to be read again.
    this.#tried = new Map([...files].map((file) => [file, before.get(file) ?? signatureOf(file)]));
    this.#seen = undefined;
  }

  #look(): void {
    const now = textOf(signaturesOf([...this.#tried.keys()]));
    if (now === textOf(this.#tried)) this.#seen = undefined;
    else if (now === this.#seen) this.loadAgain();
    else this.#seen = now;
  }
}

function signaturesOf(files: readonly string[]): ReadonlyMap<string, string> {
  return new Map(files.map((file) => [file, signatureOf(file)]));
}

function signatureOf(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file);
    return [ino, size, mtimeMs, ctimeMs].join(" ");
  } catch {
    return "gone";
  }
}

function textOf(signatures: ReadonlyMap<string, string>): string {
  return JSON.stringify([...signatures]);
}

/** Code that cannot be run names the files in which that may be mended. */
function filesOf(error: unknown): readonly string[] {
  const files: unknown = typeof error === "object" && error !== null && "files" in error ? error.files : undefined;
  return Array.isArray(files) ? files.filter((file) => typeof file === "string") : [];
}
