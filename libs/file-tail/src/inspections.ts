import { crc32 } from "node:zlib";
import type { Clock } from "@gatelog/pipeline";
import type { CompressedFile } from "./compressed-file.ts";
import { isIntact, mayBeRestOf, withOriginal } from "./copies.ts";
import { systemCode } from "./errors.ts";
import { beginsWith, readBytes } from "./fingerprint.ts";
import { type Inspection, sizeModulus } from "./gzip-inspection.ts";
import type { FileTailLimits } from "./limits.ts";
import type { LooseGeneration, LooseGenerations } from "./loose-generations.ts";
import type { Registry } from "./registry.ts";
import type { TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent } from "./types.ts";

export interface InspectionsOptions {
  readonly loose: LooseGenerations;
  readonly registry: Registry;
  readonly limits: FileTailLimits;
  readonly clock: Clock;
  /** Files that it may be the compressed form of. */
  readonly originalsOf: (file: TrackedFile) => Iterable<TrackedFile>;
  /** An inspection ended. */
  readonly onEnded: () => void;
  readonly onEvent?: OnFileTailEvent | undefined;
}

const pieceBytes = 256 * 1024;
/** How long a file that is not whole yet is left alone. */
const retryMs = 1000;

/** Looks at gzip files before they are read, one at a time, beside the reading of others. */
export class Inspections {
  readonly #options: InspectionsOptions;
  #running: CompressedFile | undefined;

  constructor(options: InspectionsOptions) {
    this.#options = options;
  }

  /** Begins with the file, if no other is being looked at. */
  start(file: CompressedFile): void {
    if (this.#running?.isInspecting === true) return;
    this.#running = file;
    const question = {
      offsetsOf: (head: Buffer) => this.#offsetsOf(file, head),
      knownSizeOf: (head: Buffer, trailerSize: number) => this.#knownSizeOf(file, head, trailerSize),
    };
    // What fails of it is the outcome.
    void file.inspect(question, (inspection) => this.#findOriginal(file, inspection)).then(this.#options.onEnded);
  }

  /** Whether a file is to be left alone for a while, or until it changes: it is damaged, or still being written. */
  noteFailure(file: CompressedFile, error: unknown): void {
    const { clock, limits, onEvent } = this.#options;
    file.isUninspectable = !isOfContent(error);
    file.nextPollMs = clock.monotonicMs() + retryMs;
    if (clock.now() - file.modifiedMs < limits.copyWaitMs) return;
    if (isOfContent(error)) file.ignore();
    onEvent?.({ type: "compressedDamaged", path: file.path, error });
  }

  #candidates(file: CompressedFile, head: Buffer): LooseGeneration[] {
    return this.#options.loose.withHead(head).filter((loose) => mayBeRestOf(file, loose, this.#offsetOf(loose)));
  }

  #offsetsOf(file: CompressedFile, head: Buffer): number[] {
    const offsets = [file.readOffset, file.ackedOffset];
    for (const loose of this.#candidates(file, head)) {
      offsets.push(this.#offsetOf(loose));
      for (const { offset } of loose.points) offsets.push(offset);
    }
    for (const { ackedOffset, readOffset } of this.#options.originalsOf(file)) offsets.push(ackedOffset, readOffset);
    return offsets;
  }

  #knownSizeOf(file: CompressedFile, head: Buffer, trailerSize: number): number | undefined {
    const isWhole = (offset: number) => offset > 0 && offset % sizeModulus === trailerSize;
    if (file.generation !== undefined)
      return beginsWith(head, file.fingerprint) && isWhole(file.ackedOffset) ? file.ackedOffset : undefined;
    if (file.isToBeInflated) return undefined;
    return this.#candidates(file, head)
      .filter((loose) => loose.fingerprint.length <= head.length)
      .map((loose) => this.#offsetOf(loose))
      .find(isWhole);
  }

  #offsetOf({ generation }: LooseGeneration): number {
    return this.#options.registry.get(generation)?.offset ?? 0;
  }

  /** The whole of the one is the beginning of the other, byte for byte. */
  async #findOriginal(file: CompressedFile, { size, head, crc }: Inspection): Promise<void> {
    file.copyOf = undefined;
    file.unsureOf = undefined;
    if (file.generation !== undefined || crc === undefined) return;
    for (const original of this.#options.originalsOf(file)) {
      const relation = await withOriginal(original, async (handle) => {
        // What was read of it may be in the compressed file, and it is another one by now.
        if (original.generation !== undefined && !(await isIntact(original, handle))) return "unsure";
        const bytes = await readBytes(handle, 0, head.length);
        if (!bytes.equals(head)) return "none";
        let sum = 0;
        for (let at = 0; at < size;) {
          const piece = await readBytes(handle, at, Math.min(pieceBytes, size - at));
          if (piece.length === 0) return "none";
          sum = crc32(piece, sum);
          at += piece.length;
        }
        return sum === crc ? "copy" : "none";
      });
      if (relation === "copy") file.copyOf = { original, generation: original.generation };
      if (relation === "copy") return;
      if (relation === "unsure") file.unsureOf = original;
    }
  }
}

/** zlib's judgement, not the system's. */
function isOfContent(error: unknown): boolean {
  return systemCode(error)?.startsWith("Z_") === true;
}
