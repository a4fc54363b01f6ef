import type { Clock } from "@gatelog/pipeline";
import type { BatchEnd } from "./batch.ts";
import { type Fingerprint, fingerprintBytesMax, furthestOf, type Point } from "./fingerprint.ts";
import { HeadIndex } from "./head-index.ts";
import type { FileTailLimits } from "./limits.ts";
import type { Registry } from "./registry.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import type { TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent } from "./types.ts";

/** A generation without a file: its file was truncated, replaced, deleted or moved out of sight. */
export interface LooseGeneration {
  readonly generation: string;
  readonly input: string;
  /** Where its file was last seen. */
  readonly path: string;
  /** Where its file was when it surely held this: copies may be named after that. */
  readonly heldPath: string;
  readonly device: string;
  readonly inode: string;
  /** When its file was created; undefined where that is not known. */
  readonly bornMs: number | undefined;
  readonly fingerprint: Fingerprint;
  /** Whether its file is there and holds something else, or was not seen any more. */
  readonly kind: "ended" | "missing";
  /** When it lost its file; monotonic. */
  readonly sinceMs: number;
  /** The largest size that its file was seen with. */
  readonly seenSize: number;
  /** What is handed on and not yet acknowledged goes up to here. */
  readOffset: number;
  /** Places that were read up to, the last one first. */
  readonly points: readonly Point[];
  /** How often its rest was looked for. */
  looks: number;
  /** Whether it was said what of it is lost, or all of it is delivered. */
  isSettled: boolean;
}

export interface LooseGenerationsOptions {
  readonly registry: Registry;
  readonly limits: FileTailLimits;
  readonly clock: Clock;
  readonly onEvent?: OnFileTailEvent | undefined;
}

const looksMin = 2;

/**
 * The generations that no file holds at the moment. A file that turns out to be a copy of one, compressed or not, goes on with it; what
 * of one is not found is told as lost after `copyWaitMs`; one that is not found for `cleanRemovedMs` is forgotten.
 *
 * **Guarantee**: what is under way of a generation when it loses its file is acknowledged all the same.
 */
export class LooseGenerations {
  readonly #options: LooseGenerationsOptions;
  readonly #loose = new Map<string, LooseGeneration>();
  readonly #heads = new HeadIndex<LooseGeneration>();

  constructor(options: LooseGenerationsOptions) {
    this.#options = options;
    for (const entry of options.registry.entries()) {
      if (entry.endedSince !== undefined) this.#addEntry(entry, "ended");
      else if (entry.missingSince !== undefined) this.#addEntry(entry, "missing");
    }
  }

  get size(): number {
    return this.#loose.size;
  }

  /** Bytes that are handed on and not yet acknowledged. */
  get underWayBytes(): number {
    let bytes = 0;
    for (const { generation, readOffset } of this.#loose.values()) {
      bytes += Math.max(0, readOffset - (this.#options.registry.get(generation)?.offset ?? readOffset));
    }
    return bytes;
  }

  values(): IterableIterator<LooseGeneration> {
    return this.#loose.values();
  }

  get(generation: string): LooseGeneration | undefined {
    return this.#loose.get(generation);
  }

  /** Those whose head a file begins with, or, where it is shorter than that, may be the beginning of: that is said by the places read up to. */
  withHead(head: Buffer): LooseGeneration[] {
    const found = [...this.#heads.find(head)];
    if (head.length < fingerprintBytesMax)
      for (const loose of this.#loose.values()) if (loose.fingerprint.length > head.length) found.push(loose);
    return found;
  }

  /** The file's content is over: something else stands in it. The file is left without a generation. */
  end(file: TrackedFile, seenSize: number): void {
    const { registry, clock } = this.#options;
    const { generation, fingerprint, path, heldPath } = file;
    const entry = generation === undefined ? undefined : registry.get(generation);
    if (entry !== undefined && fingerprint.length > 0) {
      const { missingSince: _found, heldPath: _before, ...known } = { ...entry, fingerprint, path };
      const rest = withReached(heldPath === path ? known : { ...known, heldPath }, file.points);
      registry.put({ ...rest, endedSince: clock.now() });
      this.#add({ ...this.#describe(rest, "ended"), seenSize, readOffset: file.readOffset, points: file.points });
    } else if (generation !== undefined) {
      registry.drop(generation);
    }
    file.startGeneration(undefined);
  }

  /** The file is no longer looked at, for it is gone. */
  leave(file: TrackedFile): void {
    const { registry, clock } = this.#options;
    registry.put({ ...withReached(file.entry, file.points), missingSince: clock.now() });
    const { seenSize, readOffset, points } = file;
    this.#add({ ...this.#describe(file.entry, "missing"), seenSize, readOffset, points });
  }

  /** What an earlier process knew and no scan saw. */
  leaveEntry(entry: RegistryEntry): void {
    this.#options.registry.put({ ...entry, missingSince: this.#options.clock.now() });
    this.#addEntry(entry, "missing");
  }

  /** Somebody holds it again. */
  take(generation: string): void {
    const loose = this.#loose.get(generation);
    if (loose === undefined) return;
    this.#loose.delete(generation);
    this.#heads.delete(loose.fingerprint, loose);
  }

  /** Moves the offset of a generation that has no file any more; false where it has one. */
  acknowledge({ generation, nextOffset, tail }: BatchEnd): boolean {
    const { registry } = this.#options;
    const entry = this.#loose.has(generation) ? registry.get(generation) : undefined;
    if (entry === undefined) return false;
    const { tail: _before, reached, ...rest } = entry;
    const acknowledged = { ...rest, offset: nextOffset, ...(tail === undefined ? {} : { tail }) };
    registry.put(reached === undefined ? acknowledged : withReached(acknowledged, [reached]));
    return true;
  }

  /** Nothing is under way any more. */
  rewind(): void {
    for (const loose of this.#loose.values()) loose.readOffset = this.#offsetOf(loose);
  }

  /** Says what is lost, and forgets what was not found for long. */
  expire(): void {
    const { registry, limits, clock } = this.#options;
    const oldestMs = clock.now() - limits.cleanRemovedMs;
    for (const loose of this.#loose.values()) {
      this.#settle(loose);
      const { endedSince, missingSince = 0 } = registry.get(loose.generation) ?? {};
      if (loose.isSettled && (endedSince ?? missingSince) <= oldestMs) this.drop(loose);
    }
  }

  /** Forgets those that lost their files first, to make room. Those of which something may be found are kept. */
  makeRoom(count: number): number {
    let dropped = 0;
    for (const loose of this.#loose.values()) {
      if (dropped >= count) break;
      if (!loose.isSettled) continue;
      this.drop(loose);
      dropped += 1;
    }
    return dropped;
  }

  drop(loose: LooseGeneration): void {
    this.take(loose.generation);
    this.#options.registry.drop(loose.generation);
  }

  /** Whether all that was handed on of it is acknowledged or given up. */
  isAtRest(loose: LooseGeneration): boolean {
    return loose.readOffset === this.#offsetOf(loose);
  }

  /**
   * Whether a file that holds it up to `offset` may be another one: others begin alike, so that its head says nothing. What no pattern
   * matches is nothing else, unless more was handed on than it holds.
   */
  isDoubtful({ generation, fingerprint, points }: LooseGeneration, offset: number, file: Pick<TrackedFile, "size" | "isBeside">): boolean {
    if (offset >= fingerprint.length || (file.isBeside && !points.some((point) => point.offset > file.size))) return false;
    for (const other of this.#options.registry.entries())
      if (other.generation !== generation && other.fingerprint.hash === fingerprint.hash) return true;
    return false;
  }

  /** Whether its rest is still looked for: for a while, and more than once however long scans take. */
  isYoung({ sinceMs, looks }: LooseGeneration): boolean {
    return looks < looksMin || this.#options.clock.monotonicMs() - sinceMs < this.#options.limits.copyWaitMs;
  }

  #settle(loose: LooseGeneration): void {
    if (loose.isSettled || this.isYoung(loose) || !this.isAtRest(loose)) return;
    loose.isSettled = true;
    const unreadBytes = loose.seenSize - this.#offsetOf(loose);
    if (unreadBytes > 0) this.#options.onEvent?.({ type: "fileLost", path: loose.path, unreadBytes });
  }

  #offsetOf({ generation, readOffset }: LooseGeneration): number {
    return this.#options.registry.get(generation)?.offset ?? readOffset;
  }

  #addEntry(entry: RegistryEntry, kind: LooseGeneration["kind"]): void {
    this.#add({
      ...this.#describe(entry, kind),
      seenSize: entry.size ?? entry.offset,
      readOffset: entry.offset,
      points: entry.reached === undefined ? [] : [entry.reached],
    });
  }

  #add(loose: LooseGeneration): void {
    this.take(loose.generation);
    this.#loose.set(loose.generation, loose);
    // Of an empty head everything would be a copy.
    if (loose.fingerprint.length > 0) this.#heads.add(loose.fingerprint, loose);
  }

  #describe(entry: RegistryEntry, kind: LooseGeneration["kind"]) {
    const { generation, input, path, heldPath = path, device, inode, bornMs, fingerprint } = entry;
    return {
      generation,
      input,
      path,
      heldPath,
      device,
      inode,
      bornMs,
      fingerprint,
      kind,
      sinceMs: this.#options.clock.monotonicMs(),
      looks: 0,
      isSettled: false,
    };
  }
}

/** A receiver may have stored what was handed on and not acknowledged: what is told to be the rest has to hold that. */
function withReached(entry: RegistryEntry, points: readonly Point[]): RegistryEntry {
  const reached = furthestOf(points, entry.offset);
  return reached === undefined ? entry : { ...entry, reached };
}
