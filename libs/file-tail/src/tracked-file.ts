import { constants, fstatSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { mayBeBornAlike } from "./birth-time.ts";
import { fromStats } from "./file-status.ts";
import {
  beginsWith,
  type Fingerprint,
  emptyFingerprint,
  fingerprintBytesMax,
  fingerprintOf,
  hasTailAt,
  type Point,
  readFully,
  readHead,
  type Tail,
  tailBytesMax,
  tailOf,
} from "./fingerprint.ts";
import { lineStartBefore } from "./line-start.ts";
import type { LineCutter } from "./lines/line-cutter.ts";
import { ReadPoints } from "./read-points.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import { isRotatedNameOf } from "./rotated-names.ts";
import type { ScannedFile } from "./scan.ts";
import type { TailedFile } from "./types.ts";

const noBytes = Buffer.alloc(0);

/** A file as it was found: by a scan, or, as a stray, beside what the patterns match. */
export type FoundFile = ScannedFile & { readonly isStray?: boolean };

/** What an open, or a look at an open file, said about its identity. */
export type Identity = "same" | "truncated" | "replaced" | "otherFile";

/**
 * A file that a scan found, whether open or not. Knows where to read on; what is acknowledged stands in its registry entry.
 *
 * **Guarantee**: never reads a byte before its identity was checked against the entry since the file was opened.
 */
export class TrackedFile {
  /** Whether nothing will ever follow what is in it: its last line needs no end. */
  readonly isFinal: boolean = false;
  readonly key: string;
  readonly input: string;
  readonly device: string;
  readonly inode: string;
  /** Set with the first bytes of a generation, once it is on disk. */
  generation: string | undefined;
  fingerprint: Fingerprint = emptyFingerprint;
  /** Where the next line that was not yet handed on begins. */
  readOffset = 0;
  /** Everything before it is acknowledged. */
  ackedOffset = 0;
  /** Size at the last look. */
  size: number;
  /** The largest size of this generation at any look. */
  seenSize: number;
  /** The largest size that it had when it surely held this generation. */
  ownSize = 0;
  #heldPath: string;
  /** Its size when it was found. */
  readonly foundSize: number;
  /** Names that it had at the last look at the open file; 0: it was deleted. */
  links = 1;
  /** Whether no pattern matches it: nothing but the rest of a known generation is read of it. */
  readonly isBeside: boolean;
  /** Whether nobody looks at it any more. */
  isGone = false;
  /** Whether its path leads over a symbolic link. */
  isLinked: boolean;
  /** Other names that led to it too when it was seen under another one. */
  otherNames: Set<string> | undefined;
  /** Whether it was given another name since it was found, or is a copy under another name. */
  isRotated = false;
  /** Where it stood before, when it came to another directory under its own name. */
  leftPath: string | undefined;
  /** Whether it is read from `size` on, as it was when it was found, unless it is known. */
  startsAtEnd = false;
  /** Whether the registry does not remember it any more, and nothing came since. */
  isForgotten = false;
  /** When it was last written to, as of the last look. */
  modifiedMs: number;
  /** Whether more of its head is known than is on disk: until it is, nothing is read, for another file may begin with the same few bytes. */
  isUnsaved = false;
  /** False when its head is to be compared with the fingerprint although it may not have grown. */
  isVerified = true;
  /** How far it was looked at without finding anything to take. */
  searchedTo = 0;
  /** What stands before `readOffset`; undefined at the file's beginning, and where an older registry did not say. */
  readTail: Tail | undefined;
  /** What stands before `ackedOffset`. */
  ackedTail: Tail | undefined;
  /** Bytes that the next read asks for; more than usual where they held no whole event. 0: as usual. */
  windowBytes = 0;
  /** Whether complete lines were read that wait for what follows. */
  isPending = false;
  /** Whether a line over the limit begins at `readOffset`, whose end is being searched. */
  isOverlong = false;
  handle: FileHandle | undefined;
  openedAtMs = 0;
  /** Where it was read on from when it was opened. */
  openedOffset = 0;
  /** Whether it gives its handle to another one as soon as what is under way of it is acknowledged. */
  isYielding = false;
  /** False until a scan that could look at everything did not find it. */
  isMissing = false;
  /** The scan that saw it last. */
  seenBy = 0;
  nextPollMs = 0;
  /** How often in a row it could not be opened or read. */
  failures = 0;
  pollDelayMs = 0;
  lastGrowthMs: number;
  /** Since when it could have been said what it is, with the size that it has. */
  settling: { readonly size: number; readonly sinceMs: number } | undefined;
  /** The fingerprinted bytes, while the file is open. */
  #head: Buffer = noBytes;
  /** When it was created, where that is known: the file, not its content. */
  #bornMs: number | undefined;
  #points: ReadPoints | undefined;
  /** Up to where it was handed on before it was rewound: until it is read so far again, that has to stand there. */
  #rewoundFrom: Point | undefined;
  readonly #deviceNumber: number;
  readonly #inodeNumber: number;
  #path: string;
  #tailed: TailedFile | undefined;

  constructor(input: string, found: FoundFile, nowMs: number) {
    this.key = keyOf(found);
    this.input = input;
    this.device = found.device;
    this.inode = found.inode;
    this.#deviceNumber = Number(found.device);
    this.#inodeNumber = Number(found.inode);
    this.size = found.size;
    this.seenSize = found.size;
    this.foundSize = found.size;
    this.modifiedMs = found.modifiedMs;
    this.isLinked = found.isLinked === true;
    this.isBeside = found.isCompressedSibling === true || found.isStray === true;
    this.#path = found.path;
    this.#heldPath = found.path;
    this.lastGrowthMs = nowMs;
  }

  get path(): string {
    return this.#path;
  }

  set path(path: string) {
    if (path !== this.#path) this.#tailed = undefined;
    this.#path = path;
  }

  /** Where it was when it surely held its generation. */
  get heldPath(): string {
    return this.#heldPath;
  }

  /** When it was created; undefined where that is not known. */
  get bornMs(): number | undefined {
    return this.#bornMs;
  }

  /** Bytes on disk. */
  get diskSize(): number {
    return this.size;
  }

  /** Bytes that are not acknowledged, as far as they are this file's to read. */
  get backlogBytes(): number {
    return Math.max(0, this.size - this.ackedOffset);
  }

  get hasUnread(): boolean {
    return this.size > Math.max(this.readOffset, this.searchedTo);
  }

  /** Whether all of it, to its last line's end, is acknowledged. */
  get isDelivered(): boolean {
    return (
      this.generation !== undefined && this.size > 0 && this.ackedOffset === this.size && this.readOffset === this.size && !this.isPending
    );
  }

  /** Whether nothing can be said of it before all of it was looked at. */
  get needsInspection(): boolean {
    return false;
  }

  /** Whether a handle is of use: something is unread, or to be looked at. */
  get wantsHandle(): boolean {
    // Smaller than what was read of it: truncated, which opening it will find.
    return !this.isVerified || this.isPending || this.size !== Math.max(this.readOffset, this.searchedTo);
  }

  /** Whether it is to get a generation: something of it is to be read or remembered. */
  get needsGeneration(): boolean {
    return this.generation === undefined && this.size > 0 && (!this.isForgotten || this.hasUnread);
  }

  /** What lines of this generation carry. One object as long as the file is open and neither generation nor path change. */
  get tailed(): TailedFile {
    if (this.generation === undefined) throw new Error("a line is read only after its generation is fixed");
    this.#tailed ??= {
      input: this.input,
      path: this.#path,
      device: this.device,
      inode: this.inode,
      generation: Buffer.from(this.generation, "hex"),
    };
    return this.#tailed;
  }

  /** What the registry remembers of it. */
  get entry(): RegistryEntry {
    if (this.generation === undefined) throw new Error("a file without a generation has no entry");
    return this.entryOf(this.generation);
  }

  /** The same, were that its generation. */
  entryOf(generation: string): RegistryEntry {
    const { input, path, device, inode, fingerprint, modifiedMs } = this;
    return {
      generation,
      input,
      path,
      device,
      inode,
      fingerprint,
      offset: this.ackedOffset,
      ...(this.ackedTail === undefined ? {} : { tail: this.ackedTail }),
      ...(this.seenSize > this.ackedOffset ? { size: this.seenSize } : {}),
      ...(this.#heldPath === this.#path ? {} : { heldPath: this.#heldPath }),
      ...(this.isRotated ? { rotated: true } : {}),
      ...(this.#bornMs === undefined ? {} : { bornMs: this.#bornMs }),
      modifiedMs: Math.trunc(modifiedMs),
    };
  }

  /** Places that were read up to, the last one first. */
  get points(): Point[] {
    return [{ offset: this.readOffset, tail: this.readTail }, ...(this.#points?.list() ?? [])];
  }

  /** Goes on where an entry of the registry says. */
  adopt(entry: RegistryEntry): void {
    this.#begin(entry.generation, entry.offset, entry.tail);
    this.fingerprint = entry.fingerprint;
    // Had it been larger when it was seen last, that is missing.
    this.seenSize = Math.max(this.seenSize, entry.size ?? 0);
    this.ownSize = entry.size ?? 0;
    this.#heldPath = entry.heldPath ?? entry.path;
    if (entry.device === this.device && entry.inode === this.inode) this.#bornMs ??= entry.bornMs;
    this.isRotated = entry.rotated === true;
    this.isVerified = false;
  }

  /**
   * Takes note that what it holds stood elsewhere. Under its own name in another directory it may still be the one that is written to: a
   * directory, or a mount, may have been moved.
   */
  leave(path: string): void {
    // Given back the name that it was rotated away from, it may be written to again.
    if (isRotatedNameOf(path, this.path)) this.isRotated = false;
    else if (basename(path) !== basename(this.path)) this.isRotated = true;
    else if (path !== this.path) this.leftPath = path;
  }

  /** Begins anew at the file's first byte. */
  startGeneration(generation: string | undefined): void {
    this.#begin(generation, 0);
    this.fingerprint = emptyFingerprint;
    this.#head = noBytes;
    this.seenSize = this.size;
    this.startsAtEnd = false;
    // What was renamed was perhaps another file with this inode.
    this.isRotated = this.isFinal;
    this.leftPath = undefined;
  }

  /** Goes on where it is, as soon as it grows, under another generation. */
  forgetGeneration(): void {
    this.generation = undefined;
    this.#tailed = undefined;
    this.isForgotten = true;
  }

  /** Begins where the file ends, as far as is known without having opened it. */
  skipAll(generation: string): void {
    this.#begin(generation, this.size);
    this.isVerified = false;
  }

  /** Begins at `offset` of a file whose earlier bytes are nobody's business. Resolves when what stands there is known. */
  async skipTo(offset: number): Promise<void> {
    this.#begin(this.generation, offset);
    await this.learnTail();
  }

  /** Where the line begins that is not ended at `offset`; `offset` where none does so near. */
  lineStartBefore(offset: number, cutter: Pick<LineCutter, "lineStartIn">, bytesMax: number): Promise<number> {
    const readAt = (buffer: Buffer, length: number, position: number) => this.readInto(buffer, 0, length, position);
    return lineStartBefore(offset, { cutter, readAt, bytesMax });
  }

  /** Forgets what was read and not acknowledged, but for what stood there. */
  rewind(): void {
    if (this.readOffset > this.ackedOffset && this.readTail !== undefined) {
      this.#notePoint();
      if (this.readOffset > (this.#rewoundFrom?.offset ?? 0)) this.#rewoundFrom = { offset: this.readOffset, tail: this.readTail };
    }
    this.readOffset = this.ackedOffset;
    this.readTail = this.ackedTail;
    this.searchedTo = 0;
    this.windowBytes = 0;
    this.isPending = false;
    this.isOverlong = false;
  }

  /** Opens the file and compares it with what is known of it. "otherFile": the path leads elsewhere by now. */
  async open(): Promise<Identity> {
    const links = this.isLinked ? 0 : constants.O_NOFOLLOW;
    const handle = await open(this.#path, constants.O_RDONLY | links | constants.O_NONBLOCK);
    try {
      const status = fromStats(await handle.stat({ bigint: true }));
      if (keyOf(status) !== this.key || status.kind !== "file") {
        await handle.close();
        return "otherFile";
      }
      this.handle = handle;
      const isOther = !mayBeBornAlike(status.bornMs, this.#bornMs);
      this.#bornMs = status.bornMs;
      this.see(status.size, status.modifiedMs);
      return isOther ? "replaced" : await this.verify();
    } catch (error) {
      this.handle = undefined;
      await handle.close();
      throw error;
    }
  }

  /** Whether at this path stands this file, no larger and no younger than it was at the last look. */
  isAsSeen(path: string, { dev, ino, size, mtimeMs }: Stats): boolean {
    return (
      path === this.#path &&
      mtimeMs === this.modifiedMs &&
      size === this.diskSize &&
      ino === this.#inodeNumber &&
      dev === this.#deviceNumber &&
      !this.isLinked
    );
  }

  /** What a scan saw. Written to and not grown means that it may hold something else by now. */
  notice(found: ScannedFile): void {
    if (this.failures === 0 && (found.size !== this.size || found.modifiedMs !== this.modifiedMs)) this.nextPollMs = 0;
    if (found.size < this.size || (found.size === this.size && found.modifiedMs !== this.modifiedMs)) this.isVerified = false;
    this.see(found.size, found.modifiedMs);
    this.isLinked = found.isLinked === true;
  }

  /** Looks at the size of the open file. */
  async poll(): Promise<Identity> {
    if (this.handle === undefined) return "same";
    // Many open files are looked at every second: synchronous it costs 1 µs, asynchronous 20.
    const { size, mtimeMs, nlink } = fstatSync(this.handle.fd);
    const { diskSize } = this;
    if (size < diskSize || (size === diskSize && Math.abs(mtimeMs - this.modifiedMs) > 0.01)) this.isVerified = false;
    this.see(size, mtimeMs);
    this.links = nlink;
    return this.size < this.readOffset ? "truncated" : "same";
  }

  /** Compares the open file's head with the fingerprint, and what stands before the offset with what stood there. */
  async verify(): Promise<Identity> {
    const { handle, fingerprint } = this;
    if (handle === undefined) return "same";
    const head = await this.readHead(fingerprint.length);
    this.isVerified = true;
    if (head.length < fingerprint.length) return "truncated";
    if (!beginsWith(head, fingerprint)) return "replaced";
    this.#head = head;
    if (this.size < this.readOffset) return "truncated";
    const isHeld = (await this.hasTailAt({ offset: this.readOffset, tail: this.readTail })) !== false;
    if (!isHeld || !(await this.holdsWhatWasRefused())) return "replaced";
    this.ownSize = Math.max(this.ownSize, this.size);
    this.#heldPath = this.#path;
    return "same";
  }

  /** Whether what was handed on before it was rewound still stands there; looks at the file only until it is read so far again. */
  async holdsWhatWasRefused(): Promise<boolean> {
    if (this.#rewoundFrom === undefined) return true;
    if (this.readOffset >= this.#rewoundFrom.offset) this.#rewoundFrom = undefined;
    return this.#rewoundFrom === undefined || (await this.hasTailAt(this.#rewoundFrom)) !== false;
  }

  /** The open file's first bytes, up to `length`. */
  readHead(length: number): Promise<Buffer> {
    return this.handle === undefined ? Promise.resolve(Buffer.alloc(0)) : readHead(this.handle, length);
  }

  /** Whether before the point stands what stood there; undefined where that cannot be said now. */
  async hasTailAt(point: Point): Promise<boolean | undefined> {
    return this.handle === undefined ? undefined : hasTailAt(this.handle, point);
  }

  /**
   * Whether bytes that were just read, from `tailBytesMax` bytes before `readOffset` on (or from the file's beginning), follow
   * what was read before: had the file been truncated and written anew, what stands there would be other bytes.
   */
  vouchesFor(bytes: Buffer): boolean {
    const { readOffset, readTail } = this;
    const before = Math.min(tailBytesMax, readOffset);
    const headBytes = readOffset <= tailBytesMax ? Math.min(bytes.length, this.#head.length) : 0;
    const isVouchedFor =
      bytes.length >= before &&
      bytes.subarray(0, headBytes).equals(this.#head.subarray(0, headBytes)) &&
      (readTail === undefined || tailOf(bytes.subarray(before - readTail.length, before)).hash === readTail.hash);
    if (!isVouchedFor) this.isVerified = false;
    return isVouchedFor;
  }

  /** Notes that everything before `offset` was taken; `before` are the bytes up to it. */
  advance(offset: number, before: Buffer): void {
    if (this.readTail !== undefined) this.#notePoint();
    this.#heldPath = this.#path;
    this.readOffset = offset;
    this.readTail = tailOf(before.subarray(Math.max(0, before.length - tailBytesMax)));
  }

  /** Takes more of the head into the fingerprint; true when it grew. */
  async growFingerprint(): Promise<boolean> {
    const { handle, fingerprint } = this;
    if (handle === undefined || fingerprint.length >= Math.min(fingerprintBytesMax, this.size)) return false;
    const head = await this.readHead(fingerprintBytesMax);
    // Something else stands there by now, which the next look will say.
    if (head.length <= fingerprint.length || !head.subarray(0, this.#head.length).equals(this.#head)) return false;
    this.#head = head;
    this.fingerprint = fingerprintOf(head);
    this.isUnsaved = true;
    return true;
  }

  /** Learns what stands before the acknowledged offset, where that is not known; true when it does now. */
  async learnTail(): Promise<boolean> {
    const { handle, ackedOffset } = this;
    if (handle === undefined || this.ackedTail !== undefined || ackedOffset === 0) return false;
    const length = Math.min(ackedOffset, tailBytesMax);
    const bytes = Buffer.allocUnsafe(length);
    if ((await this.readInto(bytes, 0, length, ackedOffset - length)) < length) return false;
    this.ackedTail = tailOf(bytes);
    if (this.readOffset === ackedOffset) this.readTail = this.ackedTail;
    return true;
  }

  /** Takes note of bytes that will be asked for once more, when what comes behind them was looked at. */
  keepForLater(_bytes: Buffer, _position: number): void {
    // A plain file is read again wherever that is.
  }

  /** The size of the open file on disk, if it has no name any more. */
  async deletedSize(): Promise<number | undefined> {
    const { nlink, size } = (await this.handle?.stat()) ?? { nlink: 1, size: 0 };
    return nlink === 0 ? size : undefined;
  }

  /** Reads up to `length` bytes at `position` into the buffer at `at`, fewer at the end of the file; resolves with how many. */
  readInto(buffer: Buffer, at: number, length: number, position: number): Promise<number> {
    return this.handle === undefined ? Promise.resolve(0) : readFully(this.handle, { buffer, at, length, position });
  }

  /**
   * What was searched for a line's end is kept, so that a file is not opened again for nothing but an unfinished line; what is of use
   * for an open file only is not, for most files are closed.
   */
  async close(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    this.#head = noBytes;
    this.#tailed = undefined;
    await handle?.close();
  }

  /** Takes what was seen of the file on disk. */
  protected see(size: number, modifiedMs: number): void {
    // What was searched is gone, though perhaps only a line without its end.
    if (size < this.searchedTo) this.searchedTo = 0;
    this.size = size;
    this.seenSize = Math.max(this.seenSize, size);
    this.modifiedMs = modifiedMs;
  }

  #notePoint(): void {
    this.#points ??= new ReadPoints();
    this.#points.note({ offset: this.readOffset, tail: this.readTail });
  }

  #begin(generation: string | undefined, offset: number, tail?: Tail): void {
    this.generation = generation;
    this.#tailed = undefined;
    this.#points = undefined;
    this.#rewoundFrom = undefined;
    this.ownSize = 0;
    this.#heldPath = this.#path;
    this.isForgotten = false;
    this.ackedOffset = offset;
    this.ackedTail = tail;
    this.readOffset = offset;
    this.rewind();
  }
}

/** What the kernel calls a file, whatever its name. */
export function keyOf(file: { readonly device: string; readonly inode: string }): string {
  return `${file.device}:${file.inode}`;
}
