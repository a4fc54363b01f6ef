import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import {
  type Fingerprint,
  emptyFingerprint,
  fingerprintBytesMax,
  fingerprintOf,
  readHead,
  type Tail,
  tailBytesMax,
  tailOf,
} from "./fingerprint.ts";
import type { RegistryEntry } from "./registry-codec.ts";
import type { ScannedFile } from "./scan.ts";
import type { TailedFile } from "./types.ts";

/** What an open, or a look at an open file, said about its identity. */
export type Identity = "same" | "truncated" | "replaced" | "otherFile";

/**
 * A file that a scan found, whether open or not. Knows where to read on; what is acknowledged stands in its registry entry.
 *
 * **Guarantee**: never reads a byte before its identity was checked against the entry since the file was opened.
 */
export class TrackedFile {
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
  /** When it was last written to, as of the last look. */
  modifiedMs: number;
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
  /** False until a scan that could look at everything did not find it. */
  isMissing = false;
  nextPollMs = 0;
  pollDelayMs = 0;
  lastGrowthMs: number;
  /** The fingerprinted bytes, while the file is open. */
  #head: Buffer = Buffer.alloc(0);
  #path: string;
  #tailed: TailedFile | undefined;

  constructor(input: string, found: ScannedFile, nowMs: number) {
    this.key = keyOf(found);
    this.input = input;
    this.device = found.device;
    this.inode = found.inode;
    this.size = found.size;
    this.modifiedMs = found.modifiedMs;
    this.#path = found.path;
    this.lastGrowthMs = nowMs;
  }

  get path(): string {
    return this.#path;
  }

  set path(path: string) {
    if (path !== this.#path) this.#tailed = undefined;
    this.#path = path;
  }

  get hasUnread(): boolean {
    return this.size > Math.max(this.readOffset, this.searchedTo);
  }

  /** What lines of this generation carry. One object as long as neither generation nor path change. */
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

  get entry(): RegistryEntry {
    const { input, path, device, inode, fingerprint, generation } = this;
    if (generation === undefined) throw new Error("a file without a generation has no entry");
    const entry = { generation, input, path, device, inode, fingerprint, offset: this.ackedOffset };
    return this.ackedTail === undefined ? entry : { ...entry, tail: this.ackedTail };
  }

  /** Goes on where an entry of the registry says. */
  adopt(entry: RegistryEntry): void {
    this.#begin(entry.generation, entry.offset, entry.tail);
    this.fingerprint = entry.fingerprint;
    this.isVerified = false;
  }

  /** Begins anew at the file's first byte. */
  startGeneration(generation: string | undefined): void {
    this.#begin(generation, 0);
    this.fingerprint = emptyFingerprint;
    this.#head = Buffer.alloc(0);
  }

  /** Forgets what was read and not acknowledged. */
  rewind(): void {
    this.readOffset = this.ackedOffset;
    this.readTail = this.ackedTail;
    this.searchedTo = 0;
    this.windowBytes = 0;
    this.isPending = false;
    this.isOverlong = false;
  }

  /** Opens the file and compares it with what is known of it. "otherFile": the path leads elsewhere by now. */
  async open(): Promise<Identity> {
    const handle = await open(this.#path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const status = await handle.stat({ bigint: true });
      if (keyOf({ device: String(status.dev), inode: String(status.ino) }) !== this.key || !status.isFile()) {
        await handle.close();
        return "otherFile";
      }
      this.handle = handle;
      this.size = Number(status.size);
      this.modifiedMs = Number(status.mtimeNs) / 1e6;
      return await this.verify();
    } catch (error) {
      this.handle = undefined;
      await handle.close();
      throw error;
    }
  }

  /** What a scan saw. Written to and not grown means that it may hold something else by now. */
  notice(found: ScannedFile): void {
    if (found.size !== this.size || found.modifiedMs !== this.modifiedMs) this.nextPollMs = 0;
    if (found.size === this.size && found.modifiedMs !== this.modifiedMs) this.isVerified = false;
    this.size = found.size;
    this.modifiedMs = found.modifiedMs;
  }

  /** Looks at the size of the open file. */
  async poll(): Promise<Identity> {
    if (this.handle === undefined) return "same";
    const { size, mtimeMs } = await this.handle.stat();
    if (size === this.size && Math.abs(mtimeMs - this.modifiedMs) > 0.01) this.isVerified = false;
    this.size = size;
    this.modifiedMs = mtimeMs;
    return this.size < this.readOffset ? "truncated" : "same";
  }

  /** Compares the open file's head with the fingerprint, and what stands before the offset with what stood there. */
  async verify(): Promise<Identity> {
    const { handle, fingerprint } = this;
    if (handle === undefined) return "same";
    const head = await readHead(handle, fingerprint.length);
    this.isVerified = true;
    if (head.length < fingerprint.length) return "truncated";
    if (head.length > 0 && fingerprintOf(head).hash !== fingerprint.hash) return "replaced";
    this.#head = head;
    if (this.size < this.readOffset) return "truncated";
    return (await this.#hasSameTail()) ? "same" : "replaced";
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
    this.readOffset = offset;
    this.readTail = tailOf(before.subarray(Math.max(0, before.length - tailBytesMax)));
  }

  /** Takes more of the head into the fingerprint; true when it grew. */
  async growFingerprint(): Promise<boolean> {
    const { handle, fingerprint } = this;
    if (handle === undefined || fingerprint.length >= Math.min(fingerprintBytesMax, this.size)) return false;
    const head = await readHead(handle, fingerprintBytesMax);
    // Something else stands there by now, which the next look will say.
    if (head.length <= fingerprint.length || !head.subarray(0, this.#head.length).equals(this.#head)) return false;
    this.#head = head;
    this.fingerprint = fingerprintOf(head);
    return true;
  }

  /** Whether the open file has no name any more. */
  async isDeleted(): Promise<boolean> {
    return this.handle !== undefined && (await this.handle.stat()).nlink === 0;
  }

  /** Reads up to `length` bytes at `position` into the buffer at `at`, fewer at the end of the file; resolves with how many. */
  async readInto(buffer: Buffer, at: number, length: number, position: number): Promise<number> {
    let filled = 0;
    while (this.handle !== undefined && filled < length) {
      const { bytesRead } = await this.handle.read(buffer, at + filled, length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  /** What was searched for a line's end is kept, so that a file is not opened again for nothing but an unfinished line. */
  async close(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    await handle?.close();
  }

  async #hasSameTail(): Promise<boolean> {
    const { readOffset, readTail } = this;
    if (readTail === undefined) return true;
    const bytes = Buffer.allocUnsafe(readTail.length);
    const filled = await this.readInto(bytes, 0, readTail.length, readOffset - readTail.length);
    return filled === readTail.length && tailOf(bytes).hash === readTail.hash;
  }

  #begin(generation: string | undefined, offset: number, tail?: Tail): void {
    this.generation = generation;
    this.#tailed = undefined;
    this.ackedOffset = offset;
    this.ackedTail = tail;
    this.rewind();
  }
}

/** What the kernel calls a file, whatever its name. */
export function keyOf(file: { readonly device: string; readonly inode: string }): string {
  return `${file.device}:${file.inode}`;
}
