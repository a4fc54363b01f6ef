import type { Point, ReadTarget } from "./fingerprint.ts";
import { sameTimeMs } from "./birth-time.ts";
import { type Inspection, type InspectionQuestion, inspectGzip, tailInspectedAt } from "./gzip-inspection.ts";
import { GzipReader, GzipStream } from "./gzip-reader.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import type { ScannedFile } from "./scan.ts";
import { type FoundFile, TrackedFile } from "./tracked-file.ts";

/**
 * A gzip file, read as what it inflates to: offsets count inflated bytes, and nothing follows its end.
 *
 * **Guarantee**: nothing of it is read before it was inflated once as a whole, with all of its checksums right.
 */
export class CompressedFile extends TrackedFile {
  override readonly isFinal = true;
  /** The file beside it that it is the compressed form of, as long as that one is there. */
  copyOf: { readonly original: TrackedFile; readonly generation: string | undefined } | undefined;
  /** A file that it may have been made of, and that is not where it was. */
  unsureOf: TrackedFile | undefined;
  /** Whether the last look at it failed, and not for what it holds. */
  isUninspectable = false;
  /** Whether it is not enough that its size speaks for a generation that is known. */
  isToBeInflated = false;
  /** Bytes on disk. */
  #diskSize: number;
  #inspection: Inspection | undefined;
  #inspecting: GzipStream | undefined;
  #outcome: Inspection | { readonly error: unknown } | undefined;
  #reader: GzipReader | undefined;
  #isIgnored = false;
  /** The beginning of a line whose end is searched: it would have to be inflated once more with all before it. */
  #kept: { readonly bytes: Buffer; readonly position: number } | undefined;

  constructor(input: string, found: FoundFile, nowMs: number) {
    super(input, found, nowMs);
    this.isRotated = true;
    this.#diskSize = found.size;
    this.size = 0;
    this.seenSize = 0;
  }

  get inspection(): Inspection | undefined {
    return this.#inspection;
  }

  override get needsInspection(): boolean {
    return this.#inspection === undefined && !this.#isIgnored;
  }

  /** Whether all of it was looked at, and not only its head and its size. */
  get isInflated(): boolean {
    return this.#inspection?.crc !== undefined;
  }

  get isInspecting(): boolean {
    return this.#inspecting !== undefined;
  }

  /** Whether what it holds is read from its original. */
  get isCopyOfPresent(): boolean {
    const { original, generation } = this.copyOf ?? {};
    return original !== undefined && !original.isGone && original.generation === generation;
  }

  override get diskSize(): number {
    return this.#diskSize;
  }

  override get backlogBytes(): number {
    return this.isCopyOfPresent ? 0 : super.backlogBytes;
  }

  override get wantsHandle(): boolean {
    return this.needsInspection || (this.hasUnread && !this.isCopyOfPresent);
  }

  override get needsGeneration(): boolean {
    return this.#inspection !== undefined && !this.isCopyOfPresent && super.needsGeneration;
  }

  override get isDelivered(): boolean {
    return this.#inspection !== undefined && super.isDelivered;
  }

  override entryOf(generation: string): RegistryEntry {
    return { ...super.entryOf(generation), compressed: true };
  }

  override adopt(entry: RegistryEntry): void {
    super.adopt(entry);
    this.isRotated = true;
    this.isVerified = true;
    this.size = this.#inspection?.size ?? entry.offset;
  }

  /** Looks at all of it, beside whatever else is done; `takeOutcome` then says what came of it. */
  async inspect(question: InspectionQuestion, andThen: (inspection: Inspection) => Promise<void>): Promise<void> {
    if (this.handle === undefined) return;
    const stream = new GzipStream(this.handle);
    this.#inspecting = stream;
    try {
      const inspection = await inspectGzip(this.handle, stream, question);
      await andThen(inspection);
      if (this.#inspecting === stream) this.#outcome = inspection;
    } catch (error) {
      if (this.#inspecting === stream) this.#outcome = { error };
    } finally {
      if (this.#inspecting === stream) this.#inspecting = undefined;
    }
  }

  /** Takes what an inspection found; resolves with what it failed of. Undefined where none has ended. */
  takeOutcome(): { readonly error?: unknown } | undefined {
    const outcome = this.#outcome;
    this.#outcome = undefined;
    if (outcome === undefined || "error" in outcome) return outcome;
    this.#inspection = outcome;
    this.isUninspectable = false;
    this.size = outcome.size;
    this.seenSize = outcome.size;
    return {};
  }

  /** It is to be inspected again, for something else is of interest. */
  forgetInspection(): void {
    this.#inspection = undefined;
    this.size = this.readOffset;
  }

  /** It is left alone until it changes. */
  ignore(): void {
    this.forgetInspection();
    this.#isIgnored = true;
  }

  override notice(found: ScannedFile): void {
    this.see(found.size, found.modifiedMs);
    this.isLinked = found.isLinked === true;
  }

  override readHead(length: number): Promise<Buffer> {
    return Promise.resolve((this.#inspection?.head ?? Buffer.alloc(0)).subarray(0, length));
  }

  override hasTailAt(point: Point): Promise<boolean | undefined> {
    return Promise.resolve(this.#inspection === undefined ? undefined : tailInspectedAt(this.#inspection, point));
  }

  override verify(): ReturnType<TrackedFile["verify"]> {
    return this.#inspection === undefined ? Promise.resolve("same") : super.verify();
  }

  override readInto(buffer: Buffer, at: number, length: number, position: number): Promise<number> {
    const before = this.#inspection?.before.get(position + length);
    if (before !== undefined && before.length >= length) return Promise.resolve(before.copy(buffer, at, before.length - length));
    const kept = this.#keptAt(length, position);
    if (kept !== undefined) return Promise.resolve(kept.copy(buffer, at));
    return this.#inflate({ buffer, at, length, position });
  }

  override keepForLater(bytes: Buffer, position: number): void {
    this.#kept = { bytes: Buffer.from(bytes), position };
  }

  override advance(offset: number, before: Buffer): void {
    super.advance(offset, before);
    this.#kept = undefined;
  }

  override close(): Promise<void> {
    this.#kept = undefined;
    this.#inspecting?.close();
    this.#inspecting = undefined;
    this.#outcome = undefined;
    this.#reader?.close();
    this.#reader = undefined;
    return super.close();
  }

  protected override see(diskSize: number, modifiedMs: number): void {
    const isSame = diskSize === this.#diskSize && Math.abs(modifiedMs - this.modifiedMs) < sameTimeMs;
    this.#diskSize = diskSize;
    this.modifiedMs = modifiedMs;
    if (isSame) return;
    this.#isIgnored = false;
    this.isToBeInflated = false;
    this.copyOf = undefined;
    this.#outcome = undefined;
    this.forgetInspection();
    this.#kept = undefined;
    this.#reader?.close();
    this.#reader = undefined;
    if (this.failures === 0) this.nextPollMs = 0;
  }

  #keptAt(length: number, position: number): Buffer | undefined {
    const from = position - (this.#kept?.position ?? 0);
    if (this.#kept === undefined || from < 0 || from + length > this.#kept.bytes.length) return undefined;
    return this.#kept.bytes.subarray(from, from + length);
  }

  #inflate(target: ReadTarget): Promise<number> {
    if (this.handle === undefined) return Promise.resolve(0);
    this.#reader ??= new GzipReader(this.handle);
    return this.#reader.readInto(target);
  }
}
