import { LineBatch } from "../line-batch.ts";
import type { LineOptions, TailedFile, TailLine } from "../types.ts";
import { createLineCutter } from "./create-line-cutter.ts";
import type { CutCounts, LineCutter, LineWindow, OverlongLine } from "./line-cutter.ts";

export const file: TailedFile = { input: "test", path: "/logs/a.log", device: "1", inode: "2", generation: new Uint8Array(16) };

/** What became of a file. */
export interface Cut {
  readonly texts: readonly string[];
  /** Without the file. */
  readonly events: readonly Omit<TailLine, "file">[];
  readonly counts: CutCounts;
  readonly overlong: readonly OverlongLine[];
  /** Bytes that are done with. */
  readonly consumed: number;
  readonly isPending: boolean;
}

export interface CutOptions extends LineOptions {
  readonly lineBytesMax?: number;
}

/** How a file is offered to a cutter. */
export interface Feeding {
  /** Sizes that the file has one after the other; at last it has its own. */
  readonly sizes: readonly number[];
  readonly readBytesMax: number;
  readonly batchLinesMax: number;
  /** Whether nothing follows for long whenever the file was read to its end. */
  readonly isSlow?: boolean;
}

/** Cuts bytes as one window. */
export function cutWhole(bytes: Buffer | string, options: CutOptions = {}, state: LineWindow["state"] = "final"): Cut {
  const { cutter, overlong } = createCutter(options);
  const batch = new LineBatch({ linesMax: 10_000, bytesMax: 2 ** 30 });
  const window = windowOf(Buffer.from(bytes), 0, state);
  const { consumed, isPending } = cutter.cut(window, batch);
  return cutOf(cutter, batch.toLines(), { overlong, consumed, isPending });
}

/** Cuts bytes as the tail does: reads of few bytes, of a file that grows, again and again until what is left is consumed. */
export function cutByReads(bytes: Buffer, options: CutOptions, feeding: Feeding): Cut {
  const { cutter, overlong } = createCutter(options);
  const lines: TailLine[] = [];
  let offset = 0;
  for (const size of [...feeding.sizes, bytes.length]) {
    const states: LineWindow["state"][] = ["growing", ...(feeding.isSlow === true ? ["idle" as const] : [])];
    for (const state of states) offset = readTo(bytes.subarray(0, size), offset, { cutter, lines, state, feeding });
  }
  offset = readTo(bytes, offset, { cutter, lines, state: "final", feeding });
  return cutOf(cutter, lines, { overlong, consumed: offset, isPending: false });
}

/** A cutter, and the lines over the limit that it told of. */
export function createCutter({ lineBytesMax = 1024, ...lines }: CutOptions): { cutter: LineCutter; overlong: OverlongLine[] } {
  const overlong: OverlongLine[] = [];
  const cutter = createLineCutter(lines, { lineBytesMax, onOverlong: (line) => overlong.push(line) });
  return { cutter, overlong };
}

/** A window that stands in a buffer between bytes that are none of its own. */
export function windowOf(bytes: Buffer, offset: number, state: LineWindow["state"]): LineWindow {
  const foreign = Buffer.from("foreign\n\0\n\0||END||\r\n");
  const buffer = Buffer.concat([foreign, bytes, foreign]);
  return { file, buffer, start: foreign.length, end: foreign.length + bytes.length, offset, state };
}

interface Reading {
  readonly cutter: LineCutter;
  readonly lines: TailLine[];
  readonly state: LineWindow["state"];
  readonly feeding: Feeding;
}

/** Reads on from the offset until nothing can be taken; returns where the next event begins. */
function readTo(bytes: Buffer, from: number, { cutter, lines, state, feeding }: Reading): number {
  const batch = new LineBatch({ linesMax: feeding.batchLinesMax, bytesMax: 2 ** 30 });
  let offset = from;
  let wanted = feeding.readBytesMax;
  while (offset < bytes.length) {
    batch.clear();
    const window = bytes.subarray(offset, offset + wanted);
    const isAtEnd = offset + window.length === bytes.length;
    const { consumed } = cutter.cut(windowOf(window, offset, isAtEnd ? state : "growing"), batch);
    lines.push(...batch.toLines());
    offset += consumed;
    if (consumed > 0) wanted = feeding.readBytesMax;
    else if (isAtEnd) break;
    else if (wanted < cutter.windowBytesMin) wanted = Math.min(wanted * 2, cutter.windowBytesMin);
    else {
      const nextOffset = searchLineEnd(bytes, offset, { cutter, state, feeding });
      if (nextOffset === undefined) break;
      batch.clear();
      cutter.cutOverlong(windowOf(bytes.subarray(offset, Math.min(nextOffset, offset + wanted)), offset, state), nextOffset, batch);
      lines.push(...batch.toLines());
      offset = nextOffset;
      wanted = feeding.readBytesMax;
    }
  }
  return offset;
}

function searchLineEnd(bytes: Buffer, offset: number, { cutter, state, feeding }: Omit<Reading, "lines">): number | undefined {
  const pieceBytes = feeding.readBytesMax + cutter.lineEndBytes;
  for (let searchedTo = offset + cutter.windowBytesMin; searchedTo < bytes.length;) {
    const from = Math.max(offset, searchedTo - cutter.lineEndBytes);
    const window = windowOf(bytes.subarray(from, from + pieceBytes), from, state);
    const found = cutter.findLineEnd(window, offset);
    if (found !== -1) return from + found - window.start;
    searchedTo = from + window.end - window.start;
  }
  return state === "final" ? bytes.length : undefined;
}

function cutOf(cutter: LineCutter, lines: readonly TailLine[], rest: Pick<Cut, "overlong" | "consumed" | "isPending">): Cut {
  return {
    texts: lines.map(({ bytes }) => Buffer.from(bytes).toString()),
    events: lines.map(withoutFile),
    counts: { ...cutter.counts },
    ...rest,
  };
}

function withoutFile({ file: { path }, ...event }: TailLine): Omit<TailLine, "file"> {
  if (path !== file.path) throw new Error(`an event is of ${path}`);
  return event;
}
