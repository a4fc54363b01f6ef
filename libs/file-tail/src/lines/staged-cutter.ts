import type { LineBatch, LineExtra } from "../line-batch.ts";
import type { CutCounts, CutResult, LineCutter, LineWindow, OverlongLine } from "./line-cutter.ts";
import type { LineFilter } from "./line-filter.ts";
import { type CutContext, isBlank, type ItemReader, type LineItem, type LineStage, type LineTally } from "./line-item.ts";
import type { LineSource } from "./line-source.ts";
import { TextArena } from "./text-arena.ts";

export interface StagedCutterOptions {
  readonly source: LineSource;
  /** The parsers, in the order in which they run. */
  readonly stages: readonly LineStage[];
  readonly filter: LineFilter;
  /** Undefined where no stage waits. */
  readonly idleFlushMs: number | undefined;
  readonly onOverlong?: ((line: OverlongLine) => void) | undefined;
}

/** Reads lines of any encoding through parsers and filters. Items are pulled through the stages one by one, so that a full batch reads no further. */
export class StagedCutter implements LineCutter {
  readonly windowBytesMin: number;
  readonly idleFlushMs: number | undefined;
  readonly lineEndBytes: number;
  readonly counts: CutCounts = { excluded: 0, skipped: 0, undecodable: 0, unparsed: 0 };
  readonly #options: StagedCutterOptions;
  readonly #arena = new TextArena();

  constructor(options: StagedCutterOptions) {
    const { source, stages, idleFlushMs } = options;
    this.#options = options;
    this.windowBytesMin = stages.at(-1)?.windowBytes ?? source.windowBytes;
    this.lineEndBytes = source.options.lineEnd.overlapBytes;
    this.idleFlushMs = idleFlushMs;
  }

  cut(window: LineWindow, batch: LineBatch): CutResult {
    const context = this.#contextOf(window);
    const lines = this.#options.source.open(context);
    const begin = lines.at;
    const consumedTo = this.#takeAll(this.#through(lines, context), context, batch) ?? begin;
    return { consumed: consumedTo - window.start, isPending: !batch.isFull && lines.at > consumedTo };
  }

  findLineEnd(window: LineWindow, lineOffset: number): number {
    return this.#options.source.findEnd(window, lineOffset);
  }

  endsLine(bytes: Buffer): boolean {
    return this.#options.source.options.lineEnd.isAtEndOf(bytes);
  }

  lineStartIn(bytes: Buffer, offset: number): number {
    return this.#options.source.options.lineEnd.lineStartIn(bytes, offset);
  }

  cutOverlong(window: LineWindow, nextOffset: number, batch: LineBatch): void {
    const context = this.#contextOf({ ...window, state: "final" });
    let line: LineItem | undefined = this.#options.source.open(context).beginning(nextOffset - context.shift);
    const only: ItemReader = {
      next: () => {
        const item = line;
        line = undefined;
        return item;
      },
    };
    this.#takeAll(this.#through(only, context), context, batch);
  }

  #through(lines: ItemReader, context: CutContext): ItemReader {
    let reader = lines;
    for (const stage of this.#options.stages) reader = stage.read(reader, context);
    return reader;
  }

  /** Takes what there is until the batch is full; returns the index behind the last item that was taken. */
  #takeAll(reader: ItemReader, context: CutContext, batch: LineBatch): number | undefined {
    let consumedTo: number | undefined;
    while (!batch.isFull) {
      const item = reader.next();
      if (item === undefined || item.kind === "unfinished") break;
      this.#take(item, context, batch);
      consumedTo = item.next;
    }
    return consumedTo;
  }

  #take(item: LineItem, { window, shift }: CutContext, batch: LineBatch): void {
    if (item.tally !== undefined) this.#count(item.tally);
    if (item.kind !== "text" || (isBlank(item) && item.isRead !== true)) return;
    if (!this.#options.filter.takes(item)) {
      this.counts.excluded += 1;
      return;
    }
    batch.open(window.file, item.buffer);
    batch.add(item.start, item.end, item.from + shift, item.next + shift, item.flags);
    const extra = extraOf(item);
    if (extra !== undefined) batch.addExtra(extra);
  }

  #contextOf(window: LineWindow): CutContext {
    return { window, shift: window.offset - window.start, arena: this.#arena };
  }

  #count({ overlong = [], excluded = 0, skipped = 0, undecodable = 0, unparsed = 0 }: LineTally): void {
    this.counts.excluded += excluded;
    this.counts.skipped += skipped;
    this.counts.undecodable += undecodable;
    this.counts.unparsed += unparsed;
    for (const line of overlong) this.#options.onOverlong?.(line);
  }
}

function extraOf({ fields, timestamp }: LineItem): LineExtra | undefined {
  if (timestamp === undefined) return fields === undefined ? undefined : { fields };
  return fields === undefined ? { timestamp } : { fields, timestamp };
}
