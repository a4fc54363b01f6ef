import type { ReadBatch } from "./batch.ts";
import { tailBytesMax } from "./fingerprint.ts";
import type { LineCutter, LineWindow } from "./lines/line-cutter.ts";
import type { TrackedFile } from "./tracked-file.ts";
import type { TailedFile } from "./types.ts";

export interface ReadOptions {
  readonly cutter: LineCutter;
  /** Bytes of one turn. */
  readonly readBytesMax: number;
  readonly state: LineWindow["state"];
}

/** Bytes of the batch's memory that the next turn of the file may need. */
export function turnBytesOf(file: TrackedFile, { cutter, readBytesMax, state }: ReadOptions): number {
  return tailBytesMax + Math.max(readBytesMax, file.isOverlong || state !== "growing" ? cutter.windowBytesMin : file.windowBytes);
}

/**
 * Takes one read's worth of events from the file into the batch.
 *
 * **Guarantee**: the file's `readOffset` stands behind the last event that was taken; what waits for more is left alone, and read
 * again with what follows it. Holds one window: one read, or one event of the largest size.
 */
export async function readLines(file: TrackedFile, batch: ReadBatch, options: ReadOptions): Promise<void> {
  const { cutter, readBytesMax, state } = options;
  if (!(await file.holdsWhatWasRefused())) {
    file.isVerified = false;
    return leaveAlone(file);
  }
  if (file.isOverlong) return takeOverlong(file, batch, options);
  // What was looked at and waits for more is not read again as long as no line ends in what came.
  if (file.searchedTo > file.readOffset && state === "growing" && (await findLineEnd(file, batch, options)) === undefined) return;
  // What waits may be as long as the largest event.
  const wanted = Math.max(readBytesMax, state === "growing" ? file.windowBytes : cutter.windowBytesMin);
  const windowBytes = Math.min(wanted, file.size - file.readOffset);
  const window = await readWindow(file, batch, windowBytes);
  if (window === undefined) return;
  if (window.end - window.start < windowBytes) shorten(file, window.offset + window.end - window.start);
  // Only what reaches to the file's end has nothing behind it.
  const isLast = window.offset + window.end - window.start >= file.size;
  const { consumed, isPending } = cutter.cut({ ...window, state: isLast ? state : "growing" }, batch.lines);
  take(file, batch, { ...window, consumed });
  if (batch.lines.isFull) return;
  const left = window.end - window.start - consumed;
  const isAtEnd = file.readOffset + left >= file.size;
  file.isPending = isPending;
  file.windowBytes = 0;
  file.searchedTo = isAtEnd && left > 0 ? file.readOffset + left : 0;
  if (consumed === 0 && !isAtEnd) widen(file, windowBytes, cutter);
  if (file.isOverlong) keepBeginning(file, batch, window);
}

/** The file is shorter than at the last look: what is there is read, and the next look will say why. */
function shorten(file: TrackedFile, size: number): void {
  file.size = size;
  file.isVerified = false;
  file.nextPollMs = 0;
}

/** Asks for more at the next turn; when even the largest event would have fitted, it is one line over the limit, whose end is searched. */
function widen(file: TrackedFile, windowBytes: number, { windowBytesMin }: LineCutter): void {
  file.isOverlong = windowBytes >= windowBytesMin;
  if (file.isOverlong) file.searchedTo = file.readOffset + windowBytes;
  else file.windowBytes = Math.min(windowBytes * 2, windowBytesMin);
}

/** Its beginning is taken when its end was found. */
function keepBeginning(file: TrackedFile, { used }: ReadBatch, { buffer, start, end, offset }: ReadWindow): void {
  file.keepForLater(buffer.subarray(used, end), offset - (start - used));
}

interface ReadWindow {
  readonly file: TailedFile;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/**
 * Reads on from `readOffset`, behind what the batch holds, with some bytes before it, which vouch for them. Undefined where nothing is there, or
 * where other bytes stand before it than did: then the next look will say why, and until then the file is left alone.
 */
async function readWindow(file: TrackedFile, batch: ReadBatch, windowBytes: number): Promise<ReadWindow | undefined> {
  const position = file.readOffset;
  const before = Math.min(tailBytesMax, position);
  const { buffer, used } = batch;
  const filled = await file.readInto(buffer, used, before + windowBytes, position - before);
  if (filled <= before || !file.vouchesFor(buffer.subarray(used, used + filled))) {
    leaveAlone(file);
    return undefined;
  }
  return { file: file.tailed, buffer, start: used + before, end: used + filled, offset: position };
}

function leaveAlone(file: TrackedFile): void {
  file.size = file.readOffset;
  file.searchedTo = 0;
  file.nextPollMs = 0;
}

function take(file: TrackedFile, batch: ReadBatch, { start, offset, consumed }: ReadWindow & { consumed: number }): void {
  if (consumed === 0) return;
  file.advance(offset + consumed, batch.buffer.subarray(batch.used, start + consumed));
  batch.keep(start + consumed);
  batch.reach(file);
}

/** Takes the beginning of a line over the limit as soon as its end was found, which is searched piece by piece. */
async function takeOverlong(file: TrackedFile, batch: ReadBatch, options: ReadOptions): Promise<void> {
  const { cutter, state } = options;
  const found = await findLineEnd(file, batch, options);
  if (found === undefined && (state !== "final" || file.searchedTo < file.size)) return;
  const nextOffset = found ?? file.size;
  // Before its beginning, which vouches for what was read so far: the file may be truncated and written anew at any moment.
  const tail = Buffer.allocUnsafe(Math.min(tailBytesMax, nextOffset));
  if ((await file.readInto(tail, 0, tail.length, nextOffset - tail.length)) < tail.length) return leaveAlone(file);
  const window = await readWindow(file, batch, Math.min(cutter.windowBytesMin, nextOffset - file.readOffset));
  if (window === undefined) return;
  cutter.cutOverlong({ ...window, state }, nextOffset, batch.lines);
  batch.keep(window.end);
  file.advance(nextOffset, tail);
  file.searchedTo = 0;
  file.isOverlong = false;
  batch.reach(file);
}

/** Looks for the end of a line in what was not looked at, one read's worth; resolves with the offset behind it. */
async function findLineEnd(file: TrackedFile, batch: ReadBatch, { cutter, readBytesMax, state }: ReadOptions): Promise<number | undefined> {
  const from = Math.max(file.readOffset, file.searchedTo - cutter.lineEndBytes);
  const { buffer, used } = batch;
  const filled = await file.readInto(buffer, used, Math.max(0, Math.min(readBytesMax, file.size - from)), from);
  const lineEnd = cutter.findLineEnd({ file: file.tailed, buffer, start: used, end: used + filled, offset: from, state }, file.readOffset);
  if (lineEnd !== -1) return from + lineEnd - used;
  // What came was not read with what stands before it: the next look says whether that is still there, or why the file is shorter.
  file.isVerified = false;
  if (from + filled < Math.min(file.size, from + readBytesMax)) leaveAlone(file);
  else file.searchedTo = from + filled;
  return undefined;
}
