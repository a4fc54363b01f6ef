import type { Ledger, WrittenLine } from "./ledger.test-helper.ts";
import type { ModelFile } from "./model-file.test-helper.ts";

/** Well under what a copy waits at least for its original to be truncated. */
const waitMsMax = 700;

/** A copy whose original was, or is to be, truncated. */
interface PendingCopy {
  path: string;
  readonly lines: readonly WrittenLine[];
  readonly original: ModelFile;
  /** When it was made; until the original was truncated. */
  waitsSinceMs: number | undefined;
  /** Whether its original grew before it was truncated: the tail may have read it further than the copy goes. */
  isShort: boolean;
  isRecognised: boolean;
}

/**
 * Copies that the tail may not recognise, because what it knew of their originals is gone, or because it waited long enough. Then it
 * takes them for new files, and their lines come again under other names.
 */
export class PendingCopies {
  readonly #ledger: Ledger;
  #pending: PendingCopy[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  add(copy: Pick<PendingCopy, "path" | "lines" | "original">): void {
    this.#pending.push({ ...copy, waitsSinceMs: performance.now(), isShort: false, isRecognised: false });
  }

  /** To be called before lines are taken: a copy waits only so long. */
  age(): void {
    const oldestMs = performance.now() - waitMsMax;
    this.#permit(({ waitsSinceMs }) => waitsSinceMs !== undefined && waitsSinceMs < oldestMs);
  }

  recognised(path: string): void {
    for (const copy of this.#pending) if (copy.path === path) copy.isRecognised = true;
  }

  renamed(from: string, to: string): void {
    for (const copy of this.#pending) if (copy.path === from) copy.path = to;
  }

  originalGrew(original: ModelFile): void {
    for (const copy of this.#of(original)) if (copy.waitsSinceMs !== undefined) copy.isShort = true;
  }

  originalTruncated(original: ModelFile): void {
    this.age();
    // What it holds may be known by other places than the last, which the tail remembers but few of.
    this.#permit((copy) => copy.original === original && copy.isShort);
    for (const copy of this.#of(original)) copy.waitsSinceMs = undefined;
  }

  /** A copy is told by its name whose it is, which leads nowhere when the original was renamed, or another file has its inode by now. */
  originalGone(original: ModelFile): void {
    this.#permit((copy) => copy.original === original && !copy.isRecognised);
  }

  /** Whether its original grew while it was a copy of that, which nobody may recognise by what is on disk. */
  isShort(path: string): boolean {
    return this.#pending.some((copy) => copy.path === path && copy.isShort);
  }

  /** Where the file was read up to, other than last, is known to the running tail alone. */
  stopped(): void {
    this.#permit((copy) => copy.isShort && !copy.isRecognised);
    this.#pending = this.#pending.filter((copy) => !copy.isRecognised);
  }

  /** That it was recognised may not have been on disk. */
  crashed(): void {
    this.#permit((copy) => copy.isShort);
    for (const copy of this.#pending) copy.isRecognised = false;
  }

  #of(original: ModelFile): PendingCopy[] {
    return this.#pending.filter((copy) => copy.original === original);
  }

  #permit(isUncertain: (copy: PendingCopy) => boolean): void {
    for (const copy of this.#pending) if (isUncertain(copy)) this.#ledger.permit(copy.lines, "copied");
  }
}
