import { Decompress } from "fzstd";

/** A frame that wants a larger window is not read: RFC 9659 allows web content no more. */
const windowBytesMax = 8_388_608;
const magic = 0xfd2fb528;
const fieldBytes = [0, 1, 2, 4] as const;

/** What was inflated, and whether more would have followed. */
export interface Inflated {
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

class Enough extends Error {}

/**
 * The beginning of a zstd body, at most `bytesMax` of its content.
 *
 * **Guarantee**: memory for the window (8 MiB) and the result, whatever the headers say; a body that was cut anywhere gives what
 * is there. Only the first frame is read: a second one counts as cut off. Undefined for what is no zstd.
 */
export function inflateZstd(bytes: Buffer, bytesMax: number): Inflated | undefined {
  const frame = firstFrame(bytes);
  if (frame === undefined) return undefined;
  const parts: Uint8Array[] = [];
  let total = 0;
  const inflate = new Decompress((part) => {
    parts.push(part.slice(0, bytesMax - total));
    total += part.length;
    if (total > bytesMax) throw new Enough();
  });
  try {
    // As the last that comes: fzstd would wait for more after a frame of a few bytes. What is missing is an error to it.
    inflate.push(frame.bytes, true);
  } catch (error) {
    if (error instanceof Enough) return { bytes: Buffer.concat(parts), isCut: true };
    if (total === 0) return undefined;
    return { bytes: Buffer.concat(parts), isCut: true };
  }
  return { bytes: Buffer.concat(parts), isCut: frame.isCut };
}

/**
 * The first frame of the bytes (RFC 8878 §3.1.1): magic, descriptor, window, dictionary id, content size, then blocks of a 3-byte
 * header (`last` 1 bit, type 2 bits, size 21 bits) and their content, then a checksum.
 */
function firstFrame(bytes: Buffer): Inflated | undefined {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== magic) return undefined;
  const descriptor = bytes[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 2 ** sizeFlag;
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + (fieldBytes[descriptor & 3] ?? 0);
  let at = sizeAt + sizeBytes;
  if (at > bytes.length) return undefined;
  const windowBytes = isSingleSegment ? contentSize(bytes, sizeAt, sizeBytes) : windowSize(bytes[5] ?? 0);
  if (windowBytes > windowBytesMax) return undefined;
  while (at + 3 <= bytes.length) {
    const header = bytes.readUIntLE(at, 3);
    const isRunLength = ((header >> 1) & 3) === 1;
    at += 3 + (isRunLength ? 1 : header >> 3);
    if ((header & 1) === 0) continue;
    at += (descriptor & 4) === 0 ? 0 : 4;
    return { bytes: bytes.subarray(0, at), isCut: at !== bytes.length };
  }
  return { bytes, isCut: true };
}

function windowSize(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

function contentSize(bytes: Buffer, at: number, length: number): number {
  if (length === 8) return Number(bytes.readBigUInt64LE(at));
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}
