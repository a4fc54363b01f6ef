import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

/** The head of a file: how many of its first bytes are known, and their SHA-256. */
export interface Fingerprint {
  readonly length: number;
  /** Hexadecimal. */
  readonly hash: string;
}

/** More than this of a head is not looked at. */
export const fingerprintBytesMax = 1024;

export const emptyFingerprint: Fingerprint = { length: 0, hash: "" };

/** The fingerprint of what the head holds now, up to 1 KiB. It grows with the file and never shrinks. */
export async function takeFingerprint(handle: FileHandle): Promise<Fingerprint> {
  return fingerprintOf(await readHead(handle, fingerprintBytesMax));
}

/** Whether the file still begins with the bytes that were fingerprinted. */
export async function matchesFingerprint(handle: FileHandle, known: Fingerprint): Promise<boolean> {
  if (known.length === 0) return true;
  const head = await readHead(handle, known.length);
  return head.length === known.length && fingerprintOf(head).hash === known.hash;
}

function fingerprintOf(head: Buffer): Fingerprint {
  if (head.length === 0) return emptyFingerprint;
  return { length: head.length, hash: createHash("sha256").update(head).digest("hex") };
}

async function readHead(handle: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
