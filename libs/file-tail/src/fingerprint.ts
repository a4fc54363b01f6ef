import { createHash, hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

/** The head of a file: how many of its first bytes are known, and their SHA-256. */
export interface Fingerprint {
  readonly length: number;
  /** Hexadecimal. */
  readonly hash: string;
}

/** More than this of a head is not looked at. */
export const fingerprintBytesMax = 1024;

/** What stands directly before an offset: how many bytes, and their SHA-256 (its first 16 bytes, hexadecimal). */
export interface Tail {
  readonly length: number;
  readonly hash: string;
}

const tailHashBytes = 16;

/** More than this before an offset is not looked at. */
export const tailBytesMax = 1024;

/** A place in a file, and what stands before it. */
export interface Point {
  readonly offset: number;
  readonly tail?: Tail | undefined;
}

/** The furthest of the places, if it is behind `offset` and what stands before it is known. */
export function furthestOf(points: readonly Point[], offset: number): Point | undefined {
  let furthest: Point | undefined;
  for (const point of points) if (point.tail !== undefined && point.offset > (furthest?.offset ?? offset)) furthest = point;
  return furthest;
}

export function tailOf(bytes: Buffer): Tail {
  return { length: bytes.length, hash: hash("sha256", bytes, "buffer").toString("hex", 0, tailHashBytes) };
}

export const emptyFingerprint: Fingerprint = { length: 0, hash: "" };

/** The fingerprint of a head; its length is the head's. */
export function fingerprintOf(head: Buffer): Fingerprint {
  if (head.length === 0) return emptyFingerprint;
  return { length: head.length, hash: createHash("sha256").update(head).digest("hex") };
}

/** The same, with what is known of the head left out where a file is shorter than that: it is to be learnt again. */
export function headWithin<Known extends { readonly fingerprint: Fingerprint }>(known: Known, size: number): Known {
  return known.fingerprint.length <= size ? known : { ...known, fingerprint: emptyFingerprint };
}

/** Whether a file that begins with `head` begins with what the fingerprint is of. */
export function beginsWith(head: Buffer, { length, hash: expected }: Fingerprint): boolean {
  return head.length >= length && fingerprintOf(head.subarray(0, length)).hash === expected;
}

/** The first bytes of the file, up to `length`. */
export function readHead(handle: FileHandle, length: number): Promise<Buffer> {
  return readBytes(handle, 0, length);
}

/** Up to `length` bytes at `position`, fewer at the end of the file. */
export async function readBytes(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, await readFully(handle, { buffer, at: 0, length, position }));
}

/** Where bytes of a file are read to. */
export interface ReadTarget {
  readonly buffer: Buffer;
  readonly at: number;
  readonly length: number;
  readonly position: number;
}

/** Reads up to `length` bytes at `position` into the buffer at `at`, fewer at the end of the file; resolves with how many. */
export async function readFully(handle: FileHandle, { buffer, at, length, position }: ReadTarget): Promise<number> {
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, at + filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Whether before the point stands what stood there. True where it is not known. */
export async function hasTailAt(handle: FileHandle, { offset, tail }: Point): Promise<boolean> {
  if (tail === undefined) return true;
  const bytes = await readBytes(handle, offset - tail.length, tail.length);
  return bytes.length === tail.length && tailOf(bytes).hash === tail.hash;
}
