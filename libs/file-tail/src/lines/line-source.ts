import { lineFlag } from "../line-batch.ts";
import type { LineOptions } from "../types.ts";
import { cutToBytes } from "./cut-to-bytes.ts";
import type { LineWindow, OverlongLine } from "./line-cutter.ts";
import type { LineEnd } from "./line-end.ts";
import type { CutContext, ItemReader, LineItem, LineTally, StageBounds } from "./line-item.ts";
import type { TextSpan } from "./text-arena.ts";
import type { DecodedText, TextEncoding } from "./text-encoding.ts";

/** Bytes of a character, at most. */
const characterBytesMax = 4;

export interface LineSourceOptions {
  readonly encoding: TextEncoding;
  readonly lineEnd: LineEnd;
  readonly lineBytesMax: number;
  readonly overlong: NonNullable<LineOptions["overlong"]>;
}

/** The lines of windows, as UTF-8. */
export class LineSource implements StageBounds {
  readonly options: LineSourceOptions;
  readonly itemBytesMax: number;
  readonly windowBytes: number;

  constructor(options: LineSourceOptions) {
    this.options = options;
    this.itemBytesMax = options.lineBytesMax + options.lineEnd.bytesMax;
    this.windowBytes = this.itemBytesMax + characterBytesMax;
  }

  open(context: CutContext): WindowLines {
    return new WindowLines(this, context);
  }

  /** The index behind the end of the line that begins at `lineOffset`, or -1. */
  findEnd({ buffer, start, end, offset }: LineWindow, lineOffset: number): number {
    const { lineEnd } = this.options;
    const bytes = buffer.subarray(0, end);
    const at = offset === lineOffset ? lineEnd.find(bytes, start, offset - start) : lineEnd.findOn(bytes, start, offset - start);
    return at === -1 ? -1 : at + lineEnd.delimiterBytes;
  }
}

/** The lines of one window, from its first byte or the one behind a byte order mark. */
export class WindowLines implements ItemReader {
  /** Where the next line begins. */
  at: number;
  readonly #source: LineSource;
  readonly #context: CutContext;
  /** Ends where the window does, for what lies behind it may be large. */
  readonly #bytes: Buffer;
  /** Everything before it is known to be UTF-8 as it stands. */
  readonly #textTo: number;

  constructor(source: LineSource, context: CutContext) {
    const { buffer, start, end, offset } = context.window;
    const { encoding, lineEnd } = source.options;
    const { byteOrderMark } = encoding;
    this.#source = source;
    this.#context = context;
    this.#bytes = buffer.subarray(0, end);
    const hasMark = offset === 0 && byteOrderMark.length > 0 && this.#bytes.subarray(start).indexOf(byteOrderMark) === 0;
    this.at = hasMark ? start + byteOrderMark.length : start;
    // One look at all lines is cheaper than one at each.
    const textTo = Math.max(this.at, lineEnd.findLast(this.#bytes));
    this.#textTo = encoding.isText(this.#bytes.subarray(this.at, textTo)) ? textTo : this.at;
  }

  next(): LineItem | undefined {
    const { lineEnd } = this.#source.options;
    const { window, shift } = this.#context;
    if (this.at >= window.end) return undefined;
    const from = this.at;
    const delimiterAt = lineEnd.find(this.#bytes, from, shift);
    if (delimiterAt === -1) return this.#unended();
    this.at = delimiterAt + lineEnd.delimiterBytes;
    return this.#line(from, lineEnd.lineEnd(this.#bytes, from, delimiterAt), this.at);
  }

  /** The line over the limit whose beginning is all that the window holds. */
  beginning(next: number): LineItem {
    const from = this.at;
    if (next <= this.#context.window.end) return this.next() ?? this.#line(from, next, next);
    this.at = next;
    return this.#line(from, next, next);
  }

  #unended(): LineItem | undefined {
    const { window } = this.#context;
    const from = this.at;
    if (window.state === "final") {
      this.at = window.end;
      return this.#line(from, window.end, window.end);
    }
    if (window.end - from < this.#source.windowBytes) return undefined;
    const place = { buffer: this.#bytes, start: from, end: from, from, last: from, next: from };
    return { kind: "unfinished", ...place, flags: 0, isAlone: true };
  }

  #line(from: number, last: number, next: number): LineItem {
    const { lineBytesMax, overlong } = this.#source.options;
    const isCut = last - from > lineBytesMax;
    if (isCut && overlong === "skip") return this.#overlong({ from, last, next });
    const end = isCut ? from + lineBytesMax : last;
    const { span, isSound } = this.#text(from, end, isCut);
    const tally: LineTally | undefined = isSound ? undefined : { undecodable: 1 };
    // Text may be longer than the bytes of the file that it was made of.
    if (isCut || span.end - span.start > lineBytesMax) return this.#overlong({ from, last, next }, cutSpan(span, lineBytesMax), tally);
    const { buffer, start } = span;
    return {
      kind: "text",
      buffer,
      start,
      end: span.end,
      from,
      last,
      next,
      flags: 0,
      isAlone: false,
      isRead: false,
      fields: undefined,
      timestamp: undefined,
      tally,
    };
  }

  /** A line over the limit: its beginning, or that it is skipped. */
  #overlong(place: { from: number; last: number; next: number }, text?: TextSpan, tally: LineTally = {}): LineItem {
    const { window, shift } = this.#context;
    const isSkipped = this.#source.options.overlong === "skip" || text === undefined;
    const told: OverlongLine = {
      path: window.file.path,
      offset: place.from + shift,
      lineBytes: place.next - place.from,
      isSkipped,
    };
    const span = isSkipped ? { buffer: this.#bytes, start: place.from, end: place.from } : text;
    const kind = isSkipped ? "passed" : "text";
    const counted = isSkipped ? { skipped: 1, overlong: [told] } : { ...tally, overlong: [told] };
    return { kind, ...span, ...place, flags: lineFlag.truncated, isAlone: true, tally: counted };
  }

  #text(start: number, end: number, isCut: boolean): { span: TextSpan; isSound: boolean } {
    const { encoding } = this.#source.options;
    const { window, arena } = this.#context;
    if (end <= this.#textTo && !isCut) return { span: { buffer: window.buffer, start, end }, isSound: true };
    const bytes = this.#bytes.subarray(start, end);
    if (encoding.isText(bytes)) return { span: { buffer: window.buffer, start, end: start + bytes.length }, isSound: true };
    const { text, isSound } = this.#decode(bytes, start, isCut);
    return { span: arena.write(text), isSound };
  }

  #decode(bytes: Buffer, start: number, isCut: boolean): DecodedText {
    const { encoding } = this.#source.options;
    // A file that is read from an odd byte on: that one is the rest of a character.
    if (encoding.unitBytes === 1 || (start + this.#context.shift) % 2 === 0) return encoding.decode(bytes, isCut);
    return { text: `\ufffd${encoding.decode(bytes.subarray(1), isCut).text}`, isSound: false };
  }
}

function cutSpan({ buffer, start, end }: TextSpan, bytesMax: number): TextSpan {
  return { buffer, start, end: start + cutToBytes(buffer.subarray(start, end), bytesMax).length };
}
