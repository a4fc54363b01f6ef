import { isUtf8 } from "node:buffer";
import { type LineBatch, lineFlag } from "../line-batch.ts";
import { cutToBytes } from "./cut-to-bytes.ts";
import type { CutCounts, CutResult, LineCutter, LineWindow, OverlongLine } from "./line-cutter.ts";
import type { StagedCutter } from "./staged-cutter.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = [0xef, 0xbb, 0xbf] as const;

export interface PlainCutterOptions {
  readonly lineBytesMax: number;
  readonly overlong: "cut" | "skip";
  readonly onOverlong?: ((line: OverlongLine) => void) | undefined;
  /** Cuts what is no UTF-8, line by line, by the same rules. */
  readonly mending: StagedCutter;
}

/** Lines of UTF-8 that end with `\n` or `\r\n`, each an event. Empty ones are passed over. No allocation per line. */
export class PlainCutter implements LineCutter {
  readonly windowBytesMin: number;
  readonly idleFlushMs = undefined;
  readonly lineEndBytes = 0;
  readonly counts: CutCounts;
  readonly #options: PlainCutterOptions;

  constructor(options: PlainCutterOptions) {
    this.#options = options;
    this.windowBytesMin = options.mending.windowBytesMin;
    this.counts = options.mending.counts;
  }

  cut(window: LineWindow, batch: LineBatch): CutResult {
    const { buffer, start, end, state } = window;
    const { lineBytesMax } = this.#options;
    // Bounded, for what lies behind the window may be large.
    const bounded = buffer.subarray(0, end);
    // One look at all lines, for one at each costs as much as cutting it.
    if (!isUtf8(bounded.subarray(start, state === "final" ? end : bounded.lastIndexOf(lineFeed) + 1)))
      return this.#options.mending.cut(window, batch);
    const shift = window.offset - start;
    batch.open(window.file, buffer);
    let at = hasMark(window) ? start + byteOrderMark.length : start;
    while (at < end && !batch.isFull) {
      const lineEnd = bounded.indexOf(lineFeed, at);
      const isWhole = lineEnd !== -1;
      if (!isWhole && state !== "final") break;
      const next = isWhole ? lineEnd + 1 : end;
      let last = isWhole ? lineEnd : end;
      if (isWhole && last > at && buffer[last - 1] === carriageReturn) last -= 1;
      if (last - at > lineBytesMax) this.#addOverlong({ ...window, start: at, end: last, offset: at + shift }, next + shift, batch);
      else if (last > at) batch.add(at, last, at + shift, next + shift, 0);
      at = next;
    }
    return { consumed: at - start, isPending: false };
  }

  findLineEnd({ buffer, start, end }: LineWindow): number {
    const lineEnd = buffer.subarray(0, end).indexOf(lineFeed, start);
    return lineEnd === -1 ? -1 : lineEnd + 1;
  }

  endsLine(bytes: Buffer): boolean {
    return bytes.at(-1) === lineFeed;
  }

  lineStartIn(bytes: Buffer): number {
    const lineEnd = bytes.lastIndexOf(lineFeed);
    return lineEnd === -1 ? -1 : lineEnd + 1;
  }

  cutOverlong(window: LineWindow, nextOffset: number, batch: LineBatch): void {
    this.#options.mending.cutOverlong(window, nextOffset, batch);
  }

  #addOverlong({ file, buffer, start, end, offset }: LineWindow, nextOffset: number, batch: LineBatch): void {
    const { lineBytesMax, overlong, onOverlong } = this.#options;
    const isSkipped = overlong === "skip";
    if (isSkipped) this.counts.skipped += 1;
    else batch.add(start, start + cutToBytes(buffer.subarray(start, end), lineBytesMax).length, offset, nextOffset, lineFlag.truncated);
    onOverlong?.({ path: file.path, offset, lineBytes: nextOffset - offset, isSkipped });
  }
}

function hasMark({ buffer, start, end, offset }: LineWindow): boolean {
  return offset === 0 && end - start >= byteOrderMark.length && byteOrderMark.every((byte, index) => buffer[start + index] === byte);
}
