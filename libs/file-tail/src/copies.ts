import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { mayBeBornAlike } from "./birth-time.ts";
import { systemCode } from "./errors.ts";
import { beginsWith, fingerprintBytesMax, hasTailAt, type Point, readBytes, readHead, tailBytesMax } from "./fingerprint.ts";
import { delimiterBytesMax } from "./lines/create-line-cutter.ts";
import type { LineCutter } from "./lines/line-cutter.ts";
import type { LooseGeneration } from "./loose-generations.ts";
import { isRotatedNameOf } from "./rotated-names.ts";
import type { TrackedFile } from "./tracked-file.ts";

/** Pieces that a copy and its original are compared in, beside their heads and the copy's end. */
const samplesMax = 6;
const sampleBytes = 1024;

/** What a file without a generation is to one that is there. */
export type Relation = "none" | "copy" | "unsure";

/**
 * Compares a new file with one that it may be a copy of. `unsure`: the other one is not what it was, or cannot be looked at now; it is
 * to be looked at first.
 */
export async function relationOf(copy: FileHandle, original: TrackedFile): Promise<Relation> {
  return withOriginal(original, async (handle) => {
    if (!(await isIntact(original, handle))) return "unsure";
    if (await isBeginningOf(copy, handle)) return "copy";
    // It may have been truncated while it was compared.
    return (await isIntact(original, handle)) ? "none" : "unsure";
  });
}

/** Does something with the file's handle, or with one for that alone. */
export async function withOriginal(file: TrackedFile, work: (handle: FileHandle) => Promise<Relation>): Promise<Relation> {
  if (file.handle !== undefined) return workWith(file.handle, work);
  let handle: FileHandle;
  try {
    handle = await open(file.path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return "unsure";
  }
  try {
    const { dev, ino } = await handle.stat({ bigint: true });
    return String(dev) === file.device && String(ino) === file.inode ? await work(handle) : "unsure";
  } finally {
    await handle.close();
  }
}

/** The handle may be closed meanwhile: another file needs one. */
async function workWith(handle: FileHandle, work: (handle: FileHandle) => Promise<Relation>): Promise<Relation> {
  try {
    return await work(handle);
  } catch (error) {
    if (systemCode(error) === "EBADF") return "unsure";
    throw error;
  }
}

/** Whether the file still holds what was read of it. */
export async function isIntact(file: TrackedFile, handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size < file.readOffset) return false;
  const head = await readHead(handle, file.fingerprint.length);
  return beginsWith(head, file.fingerprint) && (await hasTailAt(handle, { offset: file.readOffset, tail: file.readTail }));
}

/** Whether the one file is the beginning of the other, as far as samples of it say. */
async function isBeginningOf(one: FileHandle, other: FileHandle): Promise<boolean> {
  const [{ size }, { size: otherSize }] = [await one.stat(), await other.stat()];
  if (size > otherSize || size === 0) return false;
  for (const position of samplePositions(size)) {
    const [bytes, expected] = [await readBytes(one, position, sampleBytes), await readBytes(other, position, sampleBytes)];
    if (bytes.length === 0 || !bytes.equals(expected.subarray(0, bytes.length))) return false;
  }
  return true;
}

function samplePositions(size: number): number[] {
  const last = Math.max(0, size - sampleBytes);
  const positions = Array.from({ length: samplesMax }, (_, index) => Math.floor((last * index) / samplesMax));
  return [...new Set([...positions, last])];
}

/** So many equal bytes are no chance, unless whole files are equal. */
export const evidenceBytes = Math.max(fingerprintBytesMax, tailBytesMax);

/** A file without a generation, as far as its name and its place say whose copy it can be. */
export type Newcomer = Pick<TrackedFile, "input" | "path" | "device" | "inode"> & { readonly bornMs?: number | undefined };

/**
 * Whether a file may be what became of a generation, before its bytes are looked at. What was truncated or created anew at the same path
 * begins anew: its head may be the same, as a banner is. Few bytes are no evidence, unless the name says it too.
 */
export function mayBeRestOf(file: Newcomer, loose: LooseGeneration, offset: number): boolean {
  if (file.input !== loose.input) return false;
  // A number of an inode is given to another file.
  const isSameInode = file.inode === loose.inode && mayBeBornAlike(file.bornMs, loose.bornMs);
  if (isSameInode && file.device === loose.device) return loose.kind === "missing";
  // The number of a device may change with a start of the system.
  if (file.path === loose.path || file.path === loose.heldPath) return loose.kind === "missing" && isSameInode;
  return offset >= evidenceBytes || isNamedAfter(file.path, loose);
}

/** Whether a rotation makes this name of one that the generation's file had. */
export function isNamedAfter(path: string, { path: last, heldPath }: Pick<LooseGeneration, "path" | "heldPath">): boolean {
  return isRotatedNameOf(path, last) || (heldPath !== last && isRotatedNameOf(path, heldPath));
}

/** Whether a line begins at the offset, by the bytes before it, which `readBefore` puts into the buffer; resolves with how many those are. */
export async function isLineStart(
  offset: number,
  cutter: Pick<LineCutter, "endsLine">,
  readBefore: (buffer: Buffer) => Promise<number>,
): Promise<boolean> {
  const before = Buffer.alloc(Math.min(offset, delimiterBytesMax));
  return before.length === 0 || ((await readBefore(before)) === before.length && cutter.endsLine(before));
}

/** Whether what a file holds before the point says also whose beginning it is: the head of the generation, or all of it where it is shorter. */
export function saysWhose(point: Point, size: number, { fingerprint }: Pick<LooseGeneration, "fingerprint">): boolean {
  return size >= fingerprint.length || (point.offset > 0 && point.tail?.length === point.offset);
}

/** How many bytes of the file say that it holds the generation up to `offset`: those, or the head that the generation is known by. */
export function evidenceOf(offset: number, size: number, { fingerprint }: Pick<LooseGeneration, "fingerprint">): number {
  return Math.max(offset, fingerprint.length <= size ? fingerprint.length : 0);
}

/** The last place of a generation that the file may hold, by its size. */
export function lastPointIn(size: number, points: readonly Point[]): Point | undefined {
  let last: Point | undefined;
  for (const point of points) if (point.offset <= size && point.offset > (last?.offset ?? -1)) last = point;
  return last;
}
