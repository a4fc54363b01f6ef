import { dirname } from "node:path";
import { type DirectoryProbe, probeDirectory } from "./directory-probe.ts";
import { DirectoryWalk } from "./directory-walk.ts";
import type { PassOver } from "./file-status.ts";
import type { Glob } from "./glob.ts";

/** A regular file that matches, as the walk saw it. */
export interface ScannedFile {
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
  /** When it was created; absent where that is not known. */
  readonly bornMs?: number | undefined;
  /** Whether the path leads over a symbolic link; device and inode are those of the file that it leads to. */
  readonly isLinked?: boolean;
  /** A file that matches itself, whose name ends in `.gz`. */
  readonly isCompressed?: boolean;
  /** `<file>.gz` beside a file that would match; does not match itself. */
  readonly isCompressedSibling?: boolean;
}

export interface ScanFailure {
  readonly path: string;
  readonly error: unknown;
}

export interface ScanResult {
  /**
   * Each once, whatever number of names it has: under a name that leads over no link where there is one, then the first in order. What was
   * passed over is not among them, unless a link leads to it too.
   */
  readonly files: readonly ScannedFile[];
  /** Whether everything could be looked at. */
  readonly isComplete: boolean;
  /** Directories and files that could not be looked at: nothing that is at or below one of them may be called missing. */
  readonly unknown: readonly string[];
  /** The first thing that went wrong, also where nothing is unknown by it: a name that is not UTF-8, a tree that is too deep. */
  readonly failure?: ScanFailure;
  /** How many things went wrong. */
  readonly failures: number;
  /** The directories that were read: what is worth to be watched. */
  readonly directories: readonly string[];
}

export interface ScanOptions {
  readonly globs: readonly Glob[];
  /** What is not taken; a directory that one of them matches is not entered. */
  readonly excluded: readonly Glob[];
  /** Whether symbolic links are followed, to files and to directories. Default false. */
  readonly symlinks?: boolean;
  /** Whether `.gz` files are told apart, and those beside the globs found too. Default `none`. */
  readonly compression?: "auto" | "none";
  readonly limits?: Partial<ScanLimits>;
}

/** Bounds of one scan. */
export interface ScanLimits {
  /** Files that one scan returns; what is beyond makes it incomplete. */
  readonly filesMax: number;
  /** Directories that one scan reads; links may make few of them look like many. */
  readonly directoriesMax: number;
  /** The event loop is given back after so long. */
  readonly sliceMsMax: number;
  /** How long the first directory of a pattern may take to answer; then what is below it is unknown until it does. */
  readonly answerMsMax: number;
}

export const defaultScanLimits: ScanLimits = { filesMax: 250_000, directoriesMax: 100_000, sliceMsMax: 2, answerMsMax: 5_000 };

/**
 * Finds the files of an input.
 *
 * Looks at directories and files by synchronous calls, a few milliseconds at a time, because an asynchronous one costs five
 * times as much. Only the first directory of each pattern is asked asynchronously: a network mount that hangs is found there, while
 * everything else goes on. A mount that hangs below it, or between two calls, holds up the process as long as it hangs.
 */
export class Scanner {
  readonly #options: ScanOptions;
  readonly #limits: ScanLimits;
  /** Directories that were asked and did not answer yet. */
  readonly #unanswered = new Map<string, Promise<DirectoryProbe>>();

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#limits = { ...defaultScanLimits, ...options.limits };
  }

  /**
   * Of a file that has one name, which leads over no link, `passOver` may say that there is nothing to tell: thousands of files that are as they
   * were cost a look at each, and no memory.
   *
   * **Guarantee**: never rejects; what cannot be looked at is told as unknown.
   */
  async scan(passOver?: PassOver): Promise<ScanResult> {
    const walk = new DirectoryWalk({ ...this.#options, limits: this.#limits, passOver });
    for (const [base, globs] of this.#byBase()) {
      const { error } = await probeDirectory(base, this.#unanswered, this.#limits.answerMsMax);
      if (error === undefined) await walk.take(base, globs);
      else walk.failUnknown(base, error);
    }
    return walk.result();
  }

  /** Patterns of one directory are looked for together. */
  #byBase(): Map<string, Glob[]> {
    const groups = new Map<string, Glob[]>();
    for (const glob of this.#options.globs) groups.set(glob.base, [...(groups.get(glob.base) ?? []), glob]);
    return groups;
  }
}

/** Whether nothing can be said about a path, because it, or a directory above it, could not be looked at. */
export function isUnknown(path: string, unknown: ReadonlySet<string>): boolean {
  if (unknown.size === 0) return false;
  for (let at = path; ; at = dirname(at)) {
    if (unknown.has(at)) return true;
    if (at === dirname(at)) return false;
  }
}
