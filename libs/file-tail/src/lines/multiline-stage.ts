import type { MultilineOptions } from "../types.ts";
import { LineGroup } from "./line-group.ts";
import type { CutContext, ItemReader, LineItem, LineStage, StageBounds } from "./line-item.ts";
import { type MultilineRule, multilineRuleOf } from "./multiline-rule.ts";

const linesMaxDefault = 500;

export interface MultilineStageOptions {
  readonly multiline: MultilineOptions;
  /** What it is called in errors. */
  readonly option: string;
  readonly lineBytesMax: number;
}

/**
 * Joins lines to events.
 *
 * **Units**: `bytesMax` bounds both the event's text and the bytes of the file that it stands in. What is over `linesMax` or `bytesMax` is the
 * next event: unlike with Filebeat nothing is discarded. A single line is let in whatever its size, and one over `lineBytesMax` is an
 * event by itself.
 * **Guarantee**: every event is flagged `joined`: where it ends differs when it is read again after it was ended by time.
 */
export class MultilineStage implements LineStage {
  readonly itemBytesMax: number;
  readonly windowBytes: number;
  readonly #rule: MultilineRule;
  readonly #linesMax: number;
  readonly #bytesMax: number;

  /** **Errors**: GATELOG_FILE_TAIL_LINES. */
  constructor({ multiline, option, lineBytesMax }: MultilineStageOptions, upstream: StageBounds) {
    this.#rule = multilineRuleOf(multiline, option);
    this.#linesMax = multiline.linesMax ?? (multiline.type === "count" ? multiline.count : linesMaxDefault);
    this.#bytesMax = multiline.bytesMax ?? lineBytesMax;
    // The line end of the last line may be as long as that of a line.
    this.itemBytesMax = Math.max(upstream.itemBytesMax, this.#bytesMax + upstream.itemBytesMax - lineBytesMax);
    this.windowBytes = this.itemBytesMax + upstream.windowBytes;
  }

  read(upstream: ItemReader, context: CutContext): ItemReader {
    let held: LineItem | undefined;
    return {
      next: () => {
        const first = held ?? upstream.next();
        held = undefined;
        if (first === undefined || first.kind !== "text") return first;
        const group = new LineGroup(first);
        while (first.isAlone !== true && !this.#isWhole(group)) {
          const item = upstream.next();
          if (item === undefined && context.window.state === "growing") return undefined;
          if (item === undefined) break;
          if (!this.#takes(group, item)) {
            held = item;
            break;
          }
          group.add(item);
        }
        return group.join(context.arena);
      },
    };
  }

  #isWhole(group: LineGroup): boolean {
    return group.lines >= this.#linesMax || this.#rule.ends(group.lastLine, group.lines);
  }

  #takes(group: LineGroup, item: LineItem): boolean {
    if (item.isAlone === true || !group.hasRoomFor(item, this.#bytesMax)) return false;
    return item.kind === "passed" || this.#rule.joins(item);
  }
}
