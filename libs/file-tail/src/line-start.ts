import type { LineCutter } from "./lines/line-cutter.ts";

const pieceBytes = 64 * 1024;
/** Bytes of a piece that are looked at again with the piece before it: more than a line end has. */
const overlapBytes = 256;

export interface LineStartOptions {
  readonly cutter: Pick<LineCutter, "lineStartIn">;
  /** Reads up to `length` bytes at `position` into the buffer; resolves with how many. */
  readonly readAt: (buffer: Buffer, length: number, position: number) => Promise<number>;
  /** How far back it is looked for. */
  readonly bytesMax: number;
}

/** Where the line begins that is not ended at `offset`: `offset` itself behind a line end, and where none is found near enough. */
export async function lineStartBefore(offset: number, { cutter, readAt, bytesMax }: LineStartOptions): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(offset, pieceBytes));
  for (let end = offset; end > 0 && offset - end <= bytesMax;) {
    const start = Math.max(0, end - pieceBytes);
    const length = end - start;
    if ((await readAt(buffer, length, start)) < length) return offset;
    const found = cutter.lineStartIn(buffer.subarray(0, length), start);
    if (found !== -1) return start + found;
    if (start === 0) return 0;
    end = start + overlapBytes;
  }
  return offset;
}
