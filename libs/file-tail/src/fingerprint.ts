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

/** More than this before an offset is not looked at. */
export const tailBytesMax = 1024;

export function tailOf(bytes: Buffer): Tail {
  return { length: bytes.length, hash: hash("sha256", bytes).slice(0, 32) };
}

export const emptyFingerprint: Fingerprint = { length: 0, hash: "" };

/** The fingerprint of a head; its length is the head's. */
export function fingerprintOf(head: Buffer): Fingerprint {
  if (head.length === 0) return emptyFingerprint;
  return { length: head.length, hash: createHash("sha256").update(head).digest("hex") };
}

/** The first bytes of the file, up to `length`. */
export async function readHead(handle: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
