import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Fingerprint, emptyFingerprint, fingerprintBytesMax, fingerprintOf, readHead } from "./fingerprint.ts";
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
  /** How far a line without an end was searched for its `\n`. */
  searchedTo = 0;
  /** Bytes that were read but not yet cut into lines; they begin at `readOffset`. */
  carry: Buffer | undefined;
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
    return { generation, input, path, device, inode, fingerprint, offset: this.ackedOffset };
  }

  /** Goes on where an entry of the registry says. */
  adopt(entry: RegistryEntry): void {
    this.#begin(entry.generation, entry.offset);
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
    this.searchedTo = 0;
    this.carry = undefined;
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

  /** Compares the head of the open file with the fingerprint. */
  async verify(): Promise<Identity> {
    const { handle, fingerprint } = this;
    if (handle === undefined) return "same";
    const head = await readHead(handle, fingerprint.length);
    this.isVerified = true;
    if (head.length < fingerprint.length) return "truncated";
    if (head.length > 0 && fingerprintOf(head).hash !== fingerprint.hash) return "replaced";
    this.#head = head;
    return this.size < this.readOffset ? "truncated" : "same";
  }

  /**
   * Whether the head is still what it was. Asked after bytes were read, it vouches for them: had the file been truncated
   * and written anew before, the head would be another.
   */
  async hasSameHead(): Promise<boolean> {
    const { handle } = this;
    if (handle === undefined) return false;
    const head = await readHead(handle, this.#head.length);
    this.isVerified = head.equals(this.#head);
    return this.isVerified;
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

  /** Up to `length` bytes at `position`, fewer at the end of the file. */
  async read(position: number, length: number): Promise<Buffer> {
    if (this.handle === undefined) return Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.handle.read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  }

  /** What was searched for a line's end is kept, so that a file is not opened again for nothing but an unfinished line. */
  async close(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    this.carry = undefined;
    await handle?.close();
  }

  #begin(generation: string | undefined, offset: number): void {
    this.generation = generation;
    this.#tailed = undefined;
    this.readOffset = offset;
    this.ackedOffset = offset;
    this.searchedTo = 0;
    this.carry = undefined;
  }
}

/** What the kernel calls a file, whatever its name. */
export function keyOf(file: { readonly device: string; readonly inode: string }): string {
  return `${file.device}:${file.inode}`;
}
