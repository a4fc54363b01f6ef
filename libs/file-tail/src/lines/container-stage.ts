import { lineFlag } from "../line-batch.ts";
import type { ContainerOptions } from "../types.ts";
import { type ContainerLine, readContainerLine } from "./container-line.ts";
import {
  addTallies,
  type CutContext,
  isBlank,
  type ItemReader,
  type LineItem,
  type LineStage,
  type LineTally,
  type StageBounds,
  withTally,
} from "./line-item.ts";
import type { TextSpan } from "./text-arena.ts";

export interface ContainerStageOptions extends ContainerOptions {
  readonly lineBytesMax: number;
}

/**
 * Lines of container runtimes as what the programs wrote: parts of one line are joined, up to `lineBytesMax` of the file's bytes.
 *
 * **Guarantee**: nothing is discarded. Where the parts of a line cannot be joined, because together they are too long, because one of
 * the other stream or one that cannot be read lies between them, or because the rest does not come, what was joined is an event
 * that is flagged `truncated`, and the rest the next one. Events that begin with a part are `joined`, for their ends may differ when they are
 * read again. A line in no known format is handed on as it is, and counted.
 */
export class ContainerStage implements LineStage {
  readonly itemBytesMax: number;
  readonly windowBytes: number;
  readonly options: ContainerStageOptions;

  constructor(options: ContainerStageOptions, upstream: StageBounds) {
    this.options = options;
    this.itemBytesMax = upstream.itemBytesMax;
    this.windowBytes = this.itemBytesMax + upstream.windowBytes;
  }

  read(upstream: ItemReader, context: CutContext): ItemReader {
    return new ContainerReader(this.options, upstream, context);
  }
}

class ContainerReader implements ItemReader {
  readonly #options: ContainerStageOptions;
  readonly #upstream: ItemReader;
  readonly #context: CutContext;
  #held: LineItem | undefined;

  constructor(options: ContainerStageOptions, upstream: ItemReader, context: CutContext) {
    this.#options = options;
    this.#upstream = upstream;
    this.#context = context;
  }

  next(): LineItem | undefined {
    const item = this.#held ?? this.#upstream.next();
    this.#held = undefined;
    if (item === undefined || item.kind !== "text" || isBlank(item)) return item;
    const line = this.#parse(item);
    if (line === undefined) return withTally(item, { unparsed: 1 });
    if (!this.#isWanted(line)) return withTally({ ...item, kind: "passed" }, { excluded: 1 });
    return line.isPartial && item.isAlone !== true ? this.#join(item, line) : contentOf(item, line, line.text);
  }

  /** Undefined where the rest of the line may still come. */
  #join(first: LineItem, line: ContainerLine): LineItem | undefined {
    const texts = [line.text];
    let { last, next, tally } = first;
    let ending: "whole" | "over" | "open" = "open";
    while (ending === "open") {
      const item = this.#upstream.next();
      if (item === undefined && this.#context.window.state === "growing") return undefined;
      if (item === undefined) break;
      const part = item.kind === "text" && item.isAlone !== true ? this.#parse(item) : undefined;
      const isOver = item.last - first.from > this.#options.lineBytesMax;
      const isPassed = part !== undefined && !this.#isWanted(part);
      if (part === undefined || isOver || (!isPassed && part.stream !== line.stream)) {
        this.#held = item;
        if (isOver && part !== undefined) ending = "over";
        break;
      }
      ({ last, next } = item);
      tally = addTallies(addTallies(tally, item.tally), isPassed ? { excluded: 1 } : undefined);
      if (isPassed) continue;
      texts.push(part.text);
      if (!part.isPartial) ending = "whole";
    }
    const joined = { ...first, last, next, flags: first.flags | lineFlag.joined | (ending === "whole" ? 0 : lineFlag.truncated) };
    const told = ending === "over" ? addTallies(tally, this.#overlong(joined)) : tally;
    return contentOf({ ...joined, tally: told }, line, this.#context.arena.join(texts, ""));
  }

  #parse(item: LineItem): ContainerLine | undefined {
    return isBlank(item) ? undefined : readContainerLine(item, this.#options.format ?? "auto", this.#context.arena);
  }

  #isWanted({ stream }: ContainerLine): boolean {
    const { stream: wanted = "all" } = this.#options;
    return wanted === "all" || stream === wanted;
  }

  #overlong({ from, next }: LineItem): LineTally {
    const { window, shift } = this.#context;
    return { overlong: [{ path: window.file.path, offset: from + shift, lineBytes: next - from, isSkipped: false }] };
  }
}

/** The item with what the program wrote as its text. Named one by one, for copying an object whose properties differ is what costs most. */
function contentOf(item: LineItem, { timestamp, fields }: ContainerLine, { buffer, start, end }: TextSpan): LineItem {
  const { kind, from, last, next, flags, isAlone, isRead, tally } = item;
  return { kind, buffer, start, end, from, last, next, flags, isAlone, isRead, fields, timestamp, tally };
}
