import type { LineBatch } from "../line-batch.ts";
import type { TailedFile } from "../types.ts";

/** Bytes that were read of one file, from the first that is no part of an event yet. */
export interface LineWindow {
  readonly file: TailedFile;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** Where `buffer[start]` stands in the file. */
  readonly offset: number;
  /**
   * `growing`: more may follow. `idle`: nothing followed for `idleFlushMs`, so that what waits for the next line waits no longer; a
   * line without its end still does. `final`: nothing will ever follow; a line without its end is one too.
   */
  readonly state: "growing" | "idle" | "final";
}

/** What became of a window. */
export interface CutResult {
  /** Bytes from `start` on that are done with: in the batch, or passed over (empty, excluded, skipped). */
  readonly consumed: number;
  /** Whether complete lines are left that wait for what follows; `idle` would take them. */
  readonly isPending: boolean;
}

/** How often something happened since the start. */
export interface CutCounts {
  /** Lines that `includeLines`, `excludeLines` or the choice of a container's stream left out. */
  excluded: number;
  /** Lines over the limit that were skipped as a whole. */
  skipped: number;
  /** Lines with bytes that are not of the encoding; they hold U+FFFD there. */
  undecodable: number;
  /** Lines that a parser could not read; they are handed on as they are. */
  unparsed: number;
}

/** A line that was longer than its limit. */
export interface OverlongLine {
  readonly path: string;
  readonly offset: number;
  readonly lineBytes: number;
  /** True: passed over; false: cut. */
  readonly isSkipped: boolean;
}

/**
 * Cuts bytes of files into events. Has no memory of any file: what it leaves is offered again, with what follows it.
 *
 * **Guarantee**: the same bytes from the same offset give the same events, unless `idle` ended one early (`lineFlag.joined`).
 */
export interface LineCutter {
  /** A window of so many bytes holds at least one event or the beginning of one line that is over the limit. */
  readonly windowBytesMin: number;
  /** How long a file has not to grow until `idle` is due; undefined where nothing ever waits. */
  readonly idleFlushMs: number | undefined;
  readonly counts: Readonly<CutCounts>;
  /** Adds the events of the window until the batch is full. */
  cut(window: LineWindow, batch: LineBatch): CutResult;
  /**
   * Where the line that begins at `lineOffset` ends, its end included, as an index of the window's buffer; -1 where it does not. The window
   * is the line's beginning, or a piece that was not looked at with `lineEndBytes` before it. For lines that are longer than a read.
   */
  findLineEnd(window: LineWindow, lineOffset: number): number;
  /** Bytes of a window's end that may be the beginning of a line end, and have to be offered again with what follows: fewer than a read has. */
  readonly lineEndBytes: number;
  /** Whether a line ends with these bytes; what precedes them is not looked at. */
  endsLine(bytes: Buffer): boolean;
  /** Where the last line begins of which these bytes, at `offset` in the file, hold the line end before it; -1 where they hold none. */
  lineStartIn(bytes: Buffer, offset: number): number;
  /** Takes the line whose beginning `window` holds, whose end `findLineEnd` found far behind it: cut or skipped. */
  cutOverlong(window: LineWindow, nextOffset: number, batch: LineBatch): void;
}
