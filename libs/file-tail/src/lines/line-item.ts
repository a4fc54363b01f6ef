import type { CutCounts, LineWindow, OverlongLine } from "./line-cutter.ts";
import type { Fields } from "./merge-fields.ts";
import type { TextArena, TextSpan } from "./text-arena.ts";

/** What is counted and told of an item once it is taken; before that it may be offered again. */
export interface LineTally extends Partial<CutCounts> {
  readonly overlong?: readonly OverlongLine[];
}

/**
 * What one step of reading hands to the next: at first a line, later lines that were joined.
 *
 * **Shape**: `from`, `last` and `next` are indexes of the window: of the first byte, behind the last byte of its last line, and
 * behind that line's end.
 */
export interface LineItem extends TextSpan {
  /** `passed`: no event; its text is of no account. `unfinished`: a line over the limit whose end is not in the window begins here. */
  readonly kind: "text" | "passed" | "unfinished";
  readonly from: number;
  readonly last: number;
  readonly next: number;
  /** As in a batch. */
  readonly flags: number;
  /** Over the limit: never joined with other lines, for those may not fit into a window together with it. */
  readonly isAlone?: boolean | undefined;
  /** Its fields were read from its text, and make it an event though no text is left. */
  readonly isRead?: boolean | undefined;
  readonly fields?: Fields | undefined;
  /** ISO 8601. */
  readonly timestamp?: string | undefined;
  readonly tally?: LineTally | undefined;
}

/** Items in the order of the file. */
export interface ItemReader {
  /** Undefined where the rest of the window waits for what follows. */
  next(): LineItem | undefined;
}

/** What all steps know of a window while it is cut. */
export interface CutContext {
  readonly window: LineWindow;
  /** Added to an index of the window's buffer, it gives the offset in the file. */
  readonly shift: number;
  readonly arena: TextArena;
}

/** A step of reading. */
export interface LineStage {
  /** Bytes of the file from the beginning of an item to its `next`, at most. */
  readonly itemBytesMax: number;
  /** A window of so many bytes holds at least one item as a whole, and shows that it is whole, or an unfinished one. */
  readonly windowBytes: number;
  read(upstream: ItemReader, context: CutContext): ItemReader;
}

/** How much a stage may find in a window of the stage before it. */
export type StageBounds = Pick<LineStage, "itemBytesMax" | "windowBytes">;

export function isBlank({ start, end }: TextSpan): boolean {
  return start === end;
}

/** Both together; undefined where there is nothing to count. */
export function addTallies(first: LineTally | undefined, second: LineTally | undefined): LineTally | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const sum = (name: keyof CutCounts) => (first[name] ?? 0) + (second[name] ?? 0);
  return {
    excluded: sum("excluded"),
    skipped: sum("skipped"),
    undecodable: sum("undecodable"),
    unparsed: sum("unparsed"),
    overlong: [...(first.overlong ?? []), ...(second.overlong ?? [])],
  };
}

/** The item with more to count. */
export function withTally(item: LineItem, tally: LineTally | undefined): LineItem {
  const sum = addTallies(item.tally, tally);
  return sum === undefined ? item : { ...item, tally: sum };
}
