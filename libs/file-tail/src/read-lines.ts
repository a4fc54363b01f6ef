import type { Batch } from "./batch.ts";
import { cutLine, cutToBytes } from "./cut-lines.ts";
import type { TrackedFile } from "./tracked-file.ts";
import type { OnFileTailEvent } from "./types.ts";

export interface ReadOptions {
  readonly lineBytesMax: number;
  readonly readBytesMax: number;
  readonly onEvent?: OnFileTailEvent | undefined;
}

/**
 * Takes one read's worth of complete lines from the file into the batch.
 *
 * **Guarantee**: the file's `readOffset` stands behind the last line that was taken; a line without `\n` is left alone.
 * Empty lines are passed over. Holds one read, or one line of `lineBytesMax`.
 */
export async function readLines(file: TrackedFile, batch: Batch, options: ReadOptions): Promise<void> {
  if (file.searchedTo > file.readOffset) return searchLineEnd(file, batch, options);
  const buffer = file.carry ?? (await readMore(file, options));
  if (file.carry === undefined && !(await isVouchedFor(file, buffer, file.readOffset))) return;
  const taken = takeLines(file, buffer, batch, options);
  if (batch.isFull) {
    file.carry = taken < buffer.length ? buffer.subarray(taken) : undefined;
    return;
  }
  // What is left is the beginning of a line: it is read again, with what follows it. Only where nothing follows yet, or
  // where it alone fills a read, its end is searched for first.
  const left = buffer.length - taken;
  file.carry = undefined;
  file.searchedTo = left > 0 && (taken === 0 || file.readOffset + left >= file.size) ? file.readOffset + left : 0;
}

/**
 * Whether what was just read belongs to the generation. Where not, or where the file is shorter than at the last look,
 * nothing of it is taken, and the file is left alone until the next look, which will say why.
 */
async function isVouchedFor(file: TrackedFile, bytes: Buffer, position: number): Promise<boolean> {
  if (bytes.length > 0 && (await file.hasSameHead())) return true;
  file.size = position;
  file.nextPollMs = 0;
  return false;
}

function readMore(file: TrackedFile, { readBytesMax }: ReadOptions): Promise<Buffer> {
  const unread = file.size - file.readOffset;
  return file.read(file.readOffset, Math.max(0, Math.min(readBytesMax, unread)));
}

/** Adds the complete lines of `buffer` until the batch is full; returns how many bytes they are. */
function takeLines(file: TrackedFile, buffer: Buffer, batch: Batch, options: ReadOptions): number {
  const { lineBytesMax, onEvent } = options;
  const base = file.readOffset;
  let at = 0;
  while (!batch.isFull) {
    const line = cutLine(buffer, at, lineBytesMax);
    if (line === undefined) break;
    at = line.next;
    if (line.bytes.length === 0) continue;
    const offset = base + line.start;
    batch.add({ bytes: line.bytes, offset, nextOffset: base + at, truncated: line.truncated, file: file.tailed });
    if (line.truncated) onEvent?.({ type: "lineCut", path: file.path, offset, lineBytes: at - line.start });
  }
  advance(file, base + at, batch);
  return at;
}

/** Searches the rest of a long line, piece by piece, for its end; then reads the line, or its beginning when it is too long. */
async function searchLineEnd(file: TrackedFile, batch: Batch, options: ReadOptions): Promise<void> {
  const { lineBytesMax, readBytesMax, onEvent } = options;
  const piece = await file.read(file.searchedTo, Math.max(0, Math.min(readBytesMax, file.size - file.searchedTo)));
  if (!(await isVouchedFor(file, piece, file.searchedTo))) return;
  const lineEnd = piece.indexOf(0x0a);
  if (lineEnd === -1) {
    file.searchedTo += piece.length;
    return;
  }
  const offset = file.readOffset;
  const nextOffset = file.searchedTo + lineEnd + 1;
  const head = await readFully(file, offset, Math.min(nextOffset - offset, lineBytesMax + 4));
  if (!(await isVouchedFor(file, head, offset))) return;
  const whole = cutLine(head, 0, lineBytesMax);
  const truncated = whole === undefined || whole.truncated;
  const bytes = whole?.bytes ?? cutToBytes(head, lineBytesMax);
  if (bytes.length > 0) batch.add({ bytes, offset, nextOffset, truncated, file: file.tailed });
  if (truncated) onEvent?.({ type: "lineCut", path: file.path, offset, lineBytes: nextOffset - offset });
  file.searchedTo = 0;
  advance(file, nextOffset, batch);
}

/** Takes what stands behind the last `\n` of a file that will never get another: it was deleted. */
export async function takeLastLine(file: TrackedFile, batch: Batch, { lineBytesMax, onEvent }: ReadOptions): Promise<void> {
  const lineBytes = file.size - file.readOffset;
  const head = await readFully(file, file.readOffset, Math.min(lineBytes, lineBytesMax + 4));
  if (head.length === 0) return;
  const truncated = head.length > lineBytesMax;
  const offset = file.readOffset;
  batch.add({ bytes: cutToBytes(head, lineBytesMax), offset, nextOffset: file.size, truncated, file: file.tailed });
  if (truncated) onEvent?.({ type: "lineCut", path: file.path, offset, lineBytes });
  file.searchedTo = 0;
  advance(file, file.size, batch);
}

async function readFully(file: TrackedFile, position: number, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  while (bytes < length) {
    const piece = await file.read(position + bytes, length - bytes);
    if (piece.length === 0) break;
    pieces.push(piece);
    bytes += piece.length;
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, bytes);
}

function advance(file: TrackedFile, readOffset: number, batch: Batch): void {
  if (readOffset === file.readOffset || file.generation === undefined) return;
  file.readOffset = readOffset;
  batch.reach(file, { generation: file.generation, nextOffset: readOffset });
}
