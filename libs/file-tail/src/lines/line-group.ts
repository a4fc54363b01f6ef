import { lineFlag } from "../line-batch.ts";
import { addTallies, isBlank, type LineItem, type LineTally } from "./line-item.ts";
import { type Fields, mergeFields } from "./merge-fields.ts";
import type { TextArena, TextSpan } from "./text-arena.ts";

const lineFeed = 0x0a;

/** Lines on their way to become one event. Those that are empty are left out before the first that is not. */
export class LineGroup {
  readonly #first: LineItem;
  readonly #texts: LineItem[] = [];
  #last: LineItem;
  #lastLine: LineItem;
  #lines = 1;
  #textBytes = 0;
  /** Whether the texts stand in one buffer, with nothing but a `\n` between them. */
  #isOnePiece = true;
  #fields: Fields | undefined;
  #timestamp: string | undefined;
  #tally: LineTally | undefined;
  #flags = lineFlag.joined as number;

  constructor(first: LineItem) {
    this.#first = first;
    this.#last = first;
    this.#lastLine = first;
    this.#take(first);
  }

  get lines(): number {
    return this.#lines;
  }

  get lastLine(): LineItem {
    return this.#lastLine;
  }

  /** Whether the event would still have at most so many bytes, in the file as well as of text. */
  hasRoomFor(item: LineItem, bytesMax: number): boolean {
    const textBytes = item.kind === "text" ? this.#textBytes + 1 + item.end - item.start : 0;
    return item.last - this.#first.from <= bytesMax && textBytes <= bytesMax;
  }

  /** Takes a line, or what is passed over between lines. */
  add(item: LineItem): void {
    this.#last = item;
    if (item.kind === "text") {
      this.#lines += 1;
      this.#lastLine = item;
      this.#take(item);
    } else this.#tally = addTallies(this.#tally, item.tally);
  }

  /** The event. */
  join(arena: TextArena): LineItem {
    const { kind, from } = this.#first;
    const { last, next } = this.#last;
    const { buffer, start, end } = this.#text(arena);
    return {
      kind,
      buffer,
      start,
      end,
      from,
      last,
      next,
      flags: this.#flags,
      isRead: this.#texts.some(({ isRead }) => isRead === true),
      fields: this.#fields,
      timestamp: this.#timestamp,
      tally: this.#tally,
    };
  }

  #take(item: LineItem): void {
    this.#fields = mergeFields(this.#fields, item.fields);
    this.#timestamp ??= item.timestamp;
    this.#tally = addTallies(this.#tally, item.tally);
    this.#flags |= item.flags;
    const before = this.#texts.at(-1);
    if (before === undefined && isBlank(item) && item.isRead !== true) return;
    if (before !== undefined) {
      this.#textBytes += 1;
      this.#isOnePiece &&= before.buffer === item.buffer && before.end + 1 === item.start && item.buffer[before.end] === lineFeed;
    }
    this.#textBytes += item.end - item.start;
    this.#texts.push(item);
  }

  #text(arena: TextArena): TextSpan {
    const [first] = this.#texts;
    const last = this.#texts.at(-1);
    if (first === undefined || last === undefined) return { ...this.#first, end: this.#first.start };
    return this.#isOnePiece ? { buffer: first.buffer, start: first.start, end: last.end } : arena.join(this.#texts, "\n");
  }
}
