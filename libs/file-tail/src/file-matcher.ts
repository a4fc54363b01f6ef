import type { Glob, NameMatcher } from "./glob.ts";
import type { ScannedFile, ScanOptions } from "./scan.ts";

/** What a file is to an input whose patterns it matches. */
export type FileKind = Pick<ScannedFile, "isCompressed" | "isCompressedSibling">;

/** How the name of a compressed file ends. */
export const compressedEnd = ".gz";

const plainFile: FileKind = {};
const compressedFile: FileKind = { isCompressed: true };
const compressedSibling: FileKind = { isCompressedSibling: true };

/** Says by a file's name alone what it is to an input. */
export class FileMatcher {
  readonly #excluded: readonly Glob[];
  readonly #tellsCompressed: boolean;

  constructor({ excluded, compression }: Pick<ScanOptions, "excluded" | "compression">) {
    this.#excluded = excluded;
    this.#tellsCompressed = compression === "auto";
  }

  /** Of a name in a directory, by what the patterns say there. undefined: nothing. Whether it is excluded is asked apart. */
  kindOf(directory: string, name: string, matchers: readonly NameMatcher[]): FileKind | undefined {
    const isCompressed = this.#tellsCompressed && name.endsWith(compressedEnd);
    if (matchesAny(name, matchers)) return isCompressed ? compressedFile : plainFile;
    if (!isCompressed) return undefined;
    const plain = name.slice(0, -compressedEnd.length);
    return matchesAny(plain, matchers) && !this.isExcluded(`${directory}/${plain}`) ? compressedSibling : undefined;
  }

  /** Of a file whose path is the pattern. */
  kindOfLiteral(path: string): FileKind {
    return this.#tellsCompressed && path.endsWith(compressedEnd) ? compressedFile : plainFile;
  }

  /** Of a compressed file beside one that matches. */
  get kindOfSibling(): FileKind | undefined {
    return this.#tellsCompressed ? compressedSibling : undefined;
  }

  isExcluded(path: string): boolean {
    for (const glob of this.#excluded) if (glob.matches(path)) return true;
    return false;
  }
}

function matchesAny(name: string, matchers: readonly NameMatcher[]): boolean {
  for (const matches of matchers) if (matches(name)) return true;
  return false;
}
