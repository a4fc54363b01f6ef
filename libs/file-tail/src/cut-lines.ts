const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** A complete line inside of a buffer: `bytes` without its line end, `next` the index behind it. */
export interface CutLine {
  readonly bytes: Buffer;
  readonly start: number;
  readonly next: number;
  readonly truncated: boolean;
}

/** The line that begins at `from`, or undefined where its `\n` is not in the buffer. */
export function cutLine(buffer: Buffer, from: number, lineBytesMax: number): CutLine | undefined {
  const lineEnd = buffer.indexOf(lineFeed, from);
  if (lineEnd === -1) return undefined;
  const end = lineEnd > from && buffer[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
  const truncated = end - from > lineBytesMax;
  const bytes = truncated ? cutToBytes(buffer.subarray(from, end), lineBytesMax) : buffer.subarray(from, end);
  return { bytes, start: from, next: lineEnd + 1, truncated };
}

/** The first `bytesMax` bytes, less a UTF-8 character that would be cut in two. */
export function cutToBytes(line: Buffer, bytesMax: number): Buffer {
  if (line.length <= bytesMax) return line;
  let end = bytesMax;
  // A continuation byte (10xxxxxx) behind the cut belongs to a character before it, which has at most three of them.
  for (let back = 0; back < 3 && ((line[end] ?? 0) & 0xc0) === 0x80; back += 1) end -= 1;
  const isWhole = ((line[end] ?? 0) & 0xc0) !== 0x80;
  return line.subarray(0, isWhole ? end : bytesMax);
}
