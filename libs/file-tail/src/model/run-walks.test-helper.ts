import { temporaryDirectory } from "@gatelog/testkit";
import { Walk, type WalkFigures, WalkViolation } from "./walk.test-helper.ts";

export interface RunOptions {
  readonly firstSeed: number;
  readonly count: number;
  /** Walks that are under way at the same time: each of them waits most of its time. */
  readonly atOnce: number;
  /** Walks that may fail before the others are not made any more. Default 0. */
  readonly failuresMax?: number;
  readonly onWalk?: (seed: number, figures: WalkFigures) => void;
  readonly onFailure?: (walk: FailedWalk) => void;
}

/** A walk that broke a promise. */
export interface FailedWalk {
  readonly seed: number;
  readonly message: string;
  readonly trace: readonly string[];
  /** Its files, which are kept. */
  readonly directory: string;
}

/** Runs walks of consecutive seeds until all are done, or too many failed; resolves with those that did. */
export async function runWalks(options: RunOptions): Promise<readonly FailedWalk[]> {
  const { firstSeed, count, atOnce, failuresMax = 0, onWalk, onFailure } = options;
  let next = firstSeed;
  const failed: FailedWalk[] = [];
  const runOneAfterAnother = async () => {
    while (failed.length <= failuresMax && next < firstSeed + count) {
      const seed = next;
      next += 1;
      const result = await runWalk(seed);
      if ("message" in result) {
        failed.push(result);
        onFailure?.(result);
      } else {
        onWalk?.(seed, result);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runOneAfterAnother));
  return failed;
}

async function runWalk(seed: number): Promise<WalkFigures | FailedWalk> {
  const directory = await temporaryDirectory("gatelog-walk-");
  try {
    const figures = await new Walk(directory.path, seed).run();
    await directory.remove();
    return figures;
  } catch (error) {
    const trace = error instanceof WalkViolation ? error.trace : [];
    return { seed, message: error instanceof Error ? error.message : String(error), trace, directory: directory.path };
  }
}
