import { Buffer } from "node:buffer";

/** A line with its place. */
export interface PlacedLine {
  /** Without its end, `\n` or `\r\n`. */
  readonly bytes: Buffer;
  readonly offset: number;
  /** Behind its end. */
  readonly nextOffset: number;
  /** It was longer, and this is its beginning. */
  readonly isCut: boolean;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Cuts a stream into the lines that end in it; empty ones are passed over. Holds one line's `lineBytesMax` and one piece. */
export async function* cutLines(stream: AsyncIterable<Buffer>, offset: number, lineBytesMax: number): AsyncGenerator<PlacedLine> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let start = offset;
  let position = offset;
  for await (const piece of stream) {
    let from = 0;
    for (let end = piece.indexOf(lineFeed); end !== -1; end = piece.indexOf(lineFeed, from)) {
      const whole = restBytes + end - from;
      const line = joined(rest, piece.subarray(from, end), lineBytesMax);
      const nextOffset = position + end + 1;
      if (line.length > 0) yield { bytes: line, offset: start, nextOffset, isCut: whole > lineBytesMax };
      rest = [];
      restBytes = 0;
      start = nextOffset;
      from = end + 1;
    }
    const left = piece.subarray(from);
    if (restBytes < lineBytesMax) rest.push(left.subarray(0, lineBytesMax - restBytes + 1));
    restBytes += left.length;
    position += piece.length;
  }
}

function joined(rest: readonly Buffer[], end: Buffer, lineBytesMax: number): Buffer {
  const whole = rest.length === 0 ? end : Buffer.concat([...rest, end]);
  const line = whole.at(-1) === carriageReturn ? whole.subarray(0, -1) : whole;
  return line.length > lineBytesMax ? line.subarray(0, lineBytesMax) : line;
}
