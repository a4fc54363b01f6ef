import type { Point } from "./fingerprint.ts";

const pointsMax = 16;

/**
 * Places up to which a file was read, from its first to its last, fewer the more there are of them: a copy that was made a little before
 * the last of them is recognised by the one before it.
 */
export class ReadPoints {
  #points: Point[] = [];

  note(point: Point): void {
    this.#points.push(point);
    // Every second one, but always the newest.
    if (this.#points.length > pointsMax) this.#points = this.#points.filter((_, index) => index % 2 === 0 || index >= pointsMax - 4);
  }

  /** The last one first. */
  list(): Point[] {
    return this.#points.toReversed();
  }
}
