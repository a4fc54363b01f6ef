import { type Dir, type Dirent, opendirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemCode } from "./errors.ts";
import { compressedEnd, type FileKind, FileMatcher } from "./file-matcher.ts";
import { type FileStatus, type PassOver, statusOf } from "./file-status.ts";
import { type Glob, type NameMatcher, recursionMax } from "./glob.ts";
import type { ScanFailure, ScanLimits, ScannedFile, ScanOptions, ScanResult } from "./scan.ts";

/** A directory on the way of one walk. */
interface Visit {
  readonly path: string;
  /** Names from the base on. */
  readonly names: readonly string[];
  /** Patterns that can match below it. */
  readonly globs: readonly Glob[];
  readonly matchers: readonly NameMatcher[];
  /** Whether it was reached over a symbolic link. */
  readonly isLinked: boolean;
  /** Its path without links, where links are followed. */
  readonly realPath: string;
  readonly above: Visit | undefined;
}

/** How a file was reached. */
interface Found {
  readonly path: string;
  readonly kind: FileKind;
  readonly isLinked: boolean;
}

/** Calls between two looks at the clock. */
const callsPerLook = 16;
/** What a name holds whose bytes are not UTF-8; no path leads to it then. */
const replacement = "\uFFFD";

/** One walk over the directories of an input; `result` says what it saw. */
export class DirectoryWalk {
  readonly #follow: boolean;
  readonly #matcher: FileMatcher;
  readonly #limits: ScanLimits;
  readonly #passOver: PassOver | undefined;
  readonly #files = new Map<string, ScannedFile>();
  #passedOver = 0;
  readonly #directories = new Set<string>();
  readonly #unknown = new Set<string>();
  #failure: ScanFailure | undefined;
  #failures = 0;
  #calls = 0;
  #sliceEndMs: number;

  constructor(options: ScanOptions & { readonly limits: ScanLimits; readonly passOver?: PassOver | undefined }) {
    this.#passOver = options.passOver && this.#counting(options.passOver);
    this.#follow = options.symlinks === true;
    this.#matcher = new FileMatcher(options);
    this.#limits = options.limits;
    this.#sliceEndMs = performance.now() + this.#limits.sliceMsMax;
  }

  #counting(passOver: PassOver): PassOver {
    return (path, status) => {
      const isPassedOver = passOver(path, status);
      if (isPassedOver) this.#passedOver += 1;
      return isPassedOver;
    };
  }

  /** Takes what matches below a directory that is there. */
  async take(base: string, globs: readonly Glob[]): Promise<void> {
    if (this.#matcher.isExcluded(base)) return;
    const listed = globs.filter((glob) => glob.literal === undefined);
    if (listed.length > 0) await this.#walk(base, listed);
    else this.#directories.add(base);
    for (const glob of globs) if (glob.literal !== undefined) this.#lookAtLiteral(glob.literal);
  }

  /** Notes that nothing can be said about a path and what is below it. */
  failUnknown(path: string, error: unknown): void {
    this.#unknown.add(path);
    this.#fail(path, error);
  }

  result(): ScanResult {
    const result = {
      files: [...this.#files.values()],
      isComplete: this.#unknown.size === 0,
      unknown: [...this.#unknown],
      failures: this.#failures,
      directories: [...this.#directories],
    };
    return this.#failure === undefined ? result : { ...result, failure: this.#failure };
  }

  async #walk(base: string, globs: readonly Glob[]): Promise<void> {
    const root = { path: base, names: [], globs, isLinked: false, realPath: this.#realPathOf(base), above: undefined };
    const visits: Visit[] = [{ ...root, matchers: matchersIn(base, globs) }];
    // After everything that is reached without them, the shortest way first.
    const linked: Visit[] = [];
    for (let visit = visits.pop(); visit !== undefined; visit = visits.pop() ?? linked.shift()) {
      if (this.#directories.size >= this.#limits.directoriesMax && !this.#directories.has(visit.path)) {
        this.failUnknown(
          base,
          new Error(`more than ${this.#limits.directoriesMax} directories match below ${base}; give narrower patterns`),
        );
        return;
      }
      for (const below of await this.#read(visit)) (below.isLinked ? linked : visits).push(below);
    }
  }

  /** Takes the files of a directory that match; resolves with the directories in it that are to be entered. */
  async #read(visit: Visit): Promise<readonly Visit[]> {
    const directory = this.#open(visit);
    if (directory === undefined) return [];
    const found: Visit[] = [];
    try {
      for (let entry = this.#next(directory, visit); entry !== null; entry = this.#next(directory, visit)) {
        const below = this.#lookAtEntry(entry, visit);
        if (below !== undefined) found.push(below);
        if (this.#isSliceOver()) await this.#pause();
      }
    } finally {
      directory.closeSync();
    }
    return found;
  }

  /** The directory, when there is one to read. */
  #open({ path, names }: Visit): Dir | undefined {
    try {
      const directory = opendirSync(path, { bufferSize: 256 });
      this.#directories.add(path);
      return directory;
    } catch (error) {
      // A directory below the base that went away since it was listed is gone; a base may be a mount that is missing.
      if (names.length === 0 || !isGone(error)) this.failUnknown(path, error);
      else if (path.includes(replacement)) this.#fail(path, nameError());
      return undefined;
    }
  }

  #next(directory: Dir, { path }: Visit): Dirent | null {
    try {
      return directory.readSync();
    } catch (error) {
      this.failUnknown(path, error);
      return null;
    }
  }

  /** Takes a file that matches; returns a directory that is to be entered. */
  #lookAtEntry(entry: Dirent, visit: Visit): Visit | undefined {
    const { name } = entry;
    if (entry.isDirectory()) return this.#below(name, visit);
    if (entry.isSymbolicLink()) return this.#follow ? this.#followLink(name, visit) : undefined;
    const kind = entry.isFile() ? this.#matcher.kindOf(visit.path, name, visit.matchers) : undefined;
    if (kind !== undefined) this.#lookAtFile({ path: pathIn(visit.path, name), kind, isLinked: visit.isLinked });
    return undefined;
  }

  #followLink(name: string, visit: Visit): Visit | undefined {
    const path = pathIn(visit.path, name);
    const kind = this.#matcher.kindOf(visit.path, name, visit.matchers);
    // Looked at only where it may lead to something, for many links lead elsewhere.
    const isWanted = kind !== undefined || globsBelow([...visit.names, name], visit).length > 0;
    const status = isWanted ? this.#statusOf(path, true) : undefined;
    if (status?.kind === "directory") return this.#below(name, { ...visit, isLinked: true });
    if (status?.kind === "file" && kind !== undefined) this.#lookAtFile({ path, kind, isLinked: true }, status);
    return undefined;
  }

  #below(name: string, above: Visit): Visit | undefined {
    const names = [...above.names, name];
    const globs = globsBelow(names, above);
    if (globs.length === 0) return undefined;
    const path = pathIn(above.path, name);
    if (this.#matcher.isExcluded(path)) return undefined;
    if (names.length > recursionMax) {
      this.#fail(path, new Error(`${path} lies deeper than ${recursionMax} levels below where its pattern begins, and is not looked at`));
      return undefined;
    }
    const { isLinked } = above;
    const realPath = isLinked ? this.#realPathOf(path) : pathIn(above.realPath, name);
    if (this.#follow && isOnTheWay(realPath, above)) return undefined;
    return { path, names, globs, matchers: matchersIn(path, globs), isLinked, realPath, above };
  }

  /** A pattern that is a path needs no look at the whole directory. */
  #lookAtLiteral(path: string): void {
    if (this.#matcher.isExcluded(path)) return;
    this.#lookAtPath(path, this.#matcher.kindOfLiteral(path));
    const sibling = `${path}${compressedEnd}`;
    this.#lookAtPath(sibling, this.#matcher.kindOfSibling);
  }

  #lookAtPath(path: string, kind: FileKind | undefined): void {
    if (kind === undefined) return;
    const isLinked = this.#follow && this.#statusOf(path, false)?.kind === "other";
    this.#lookAtFile({ path, kind, isLinked });
  }

  #lookAtFile({ path, kind, isLinked }: Found, known?: FileStatus): void {
    if (this.#matcher.isExcluded(path)) return;
    const status = known ?? this.#statusOf(path, isLinked, isLinked ? undefined : this.#passOver);
    if (status?.kind !== "file") return;
    const { device, inode, size, modifiedMs, bornMs } = status;
    this.#keep({ path, device, inode, size, modifiedMs, bornMs, ...(isLinked ? { isLinked } : undefined), ...kind });
  }

  /** One file of several names is taken under the same name in every scan. */
  #keep(file: ScannedFile): void {
    const key = `${file.device}:${file.inode}`;
    const other = this.#files.get(key);
    if (other === undefined && this.#files.size + this.#passedOver >= this.#limits.filesMax) {
      this.failUnknown(dirname(file.path), new Error(`more than ${this.#limits.filesMax} files match; give narrower patterns`));
    } else if (other === undefined || isPreferred(file, other)) {
      this.#files.set(key, file);
    }
  }

  #statusOf(path: string, follow: boolean, passOver?: PassOver): FileStatus | undefined {
    try {
      const status = statusOf(path, follow, passOver);
      if (status === undefined && path.includes(replacement)) this.#fail(path, nameError());
      return status;
    } catch (error) {
      // A link that leads to itself leads nowhere.
      if (systemCode(error) !== "ELOOP") this.failUnknown(follow ? path : dirname(path), error);
      return undefined;
    }
  }

  #realPathOf(path: string): string {
    if (!this.#follow) return path;
    try {
      return realpathSync(path);
    } catch {
      // Opening it will say why.
      return path;
    }
  }

  #fail(path: string, error: unknown): void {
    this.#failure ??= { path, error };
    this.#failures += 1;
  }

  #isSliceOver(): boolean {
    this.#calls += 1;
    return this.#calls % callsPerLook === 0 && performance.now() >= this.#sliceEndMs;
  }

  async #pause(): Promise<void> {
    await nextTurn();
    this.#sliceEndMs = performance.now() + this.#limits.sliceMsMax;
  }
}

/** Names come from the directory: there is nothing to normalise, which would take as long as to look at the file. */
function pathIn(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

function matchersIn(directory: string, globs: readonly Glob[]): NameMatcher[] {
  return globs.map((glob) => glob.matcherIn(directory)).filter((matcher) => matcher !== undefined);
}

function globsBelow(names: readonly string[], { globs }: Visit): readonly Glob[] {
  return globs.filter((glob) => glob.mayLeadToMatch(names));
}

/** Whether a link leads back to a directory that it was reached through. */
function isOnTheWay(realPath: string, visit: Visit): boolean {
  for (let at: Visit | undefined = visit; at !== undefined; at = at.above) if (at.realPath === realPath) return true;
  return false;
}

/** The file that leads over no link, then the one that is first in order. */
function isPreferred(one: ScannedFile, other: ScannedFile): boolean {
  const isLinked = one.isLinked === true;
  return isLinked === (other.isLinked === true) ? one.path < other.path : !isLinked;
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error) ?? "");
}

function nameError(): Error {
  return new Error("its name is not UTF-8, so that no path leads to it; rename it");
}
