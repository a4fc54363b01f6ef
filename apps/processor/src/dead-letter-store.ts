import type { Buffer } from "node:buffer";
import { join } from "node:path";
import { type Cursor, type CursorRead, openCursor } from "@gatelog/segment-log";
import { codeOf, StartError } from "@gatelog/service-kit";
import { type DeadLetter, deadLetterCursor, decodeDeadLetter } from "./dead-letters.ts";
import { DeadLetterMarks } from "./dead-letter-marks.ts";
import type { DeliveryError } from "@gatelog/pipeline";

/** Letters, and bytes of them, in memory at once. */
const readMax = Object.freeze({ recordsMax: 500, bytesMax: 4 * 1024 * 1024, waitMsMax: 0 });
/** Letters that one page looks at: a filter may mean none of them. */
const pageLookMax = 5000;

/** A letter in its place; `code`, `reason` and `time` are those of its last refusal. */
export interface KeptLetter extends DeadLetter {
  /** Its number, for as long as it is kept. */
  readonly offset: number;
}

/** Which letters are meant: all conditions hold. */
export interface LetterFilter {
  readonly output?: string | undefined;
  readonly code?: string | undefined;
  /** ISO UTC, inclusive. */
  readonly since?: string | undefined;
  /** ISO UTC, exclusive. */
  readonly until?: string | undefined;
  readonly offsets?: ReadonlySet<number> | undefined;
}

/** What became of letters: `done` are removed, `refused` are kept with their new reason. */
export interface Settlement {
  readonly done: readonly number[];
  readonly refused: readonly { readonly offset: number; readonly error: DeliveryError }[];
}

/** Some letters, and where those behind them begin; undefined where there are none. */
export interface LetterPage<T> {
  readonly letters: readonly T[];
  readonly next: number | undefined;
}

/**
 * The dead letters as their one reader sees them, also while a processor adds some: it holds their writer's lock, this the reader's.
 *
 * **Guarantee**: a letter is gone only after `settle` was told so; its space comes free when all older ones are gone, too.
 */
export class DeadLetterStore {
  readonly #cursor: Cursor;
  readonly #marks: DeadLetterMarks;
  /** The cursor reads once at a time; a page may be asked for while a walk goes on. */
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(cursor: Cursor, marks: DeadLetterMarks) {
    this.#cursor = cursor;
    this.#marks = marks;
  }

  /** Undefined where no processor ever kept a letter. **Errors**: StartError when another command is at the letters. */
  static async open(bufferDir: string): Promise<DeadLetterStore | undefined> {
    const dir = join(bufferDir, "dead-letters");
    try {
      const cursor = await openCursor({ dir, name: deadLetterCursor });
      return await DeadLetterStore.#at(cursor, dir);
    } catch (error) {
      if (error instanceof StartError) throw error;
      const code = codeOf(error);
      if (code === "GATELOG_SEGMENT_LOG_MISSING" || code === "GATELOG_SEGMENT_LOG_CURSOR_UNKNOWN") return undefined;
      if (code === "GATELOG_SEGMENT_LOG_LOCKED")
        throw new StartError(`another command reads the dead letters in ${dir}: wait until it has ended`, { cause: error });
      throw new StartError(`the dead letters in ${dir} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  /** The cursor is closed where the marks cannot be read: its lock would keep every later command away. */
  static async #at(cursor: Cursor, dir: string): Promise<DeadLetterStore> {
    try {
      return new DeadLetterStore(cursor, await DeadLetterMarks.read(join(dir, "marks.json")));
    } catch (error) {
      await cursor.close();
      throw error;
    }
  }

  /**
   * Goes once over the letters that are there now, oldest first; `settle` says of each portion what became of it, and is durable before the next.
   * `settle` may end the walk by `false`. One walk at a time.
   */
  async walk(filter: LetterFilter, settle: (letters: readonly KeptLetter[]) => Promise<Settlement | false | void>): Promise<void> {
    const end = await this.#end();
    let firstKept: number | undefined;
    for (let next = this.#cursor.committed; next < end;) {
      const read = await this.#readAt(next);
      if (read.next === next) return;
      next = read.next;
      const kept = read.records.filter(({ offset }) => !this.#marks.isDone(offset));
      const meant = kept.map(({ offset, payload }) => this.#letterOf(offset, payload)).filter((letter) => isMeant(letter, filter));
      const settlement = meant.length === 0 ? undefined : await settle(meant);
      if (settlement === false) return;
      if (settlement !== undefined) await this.#note(settlement);
      firstKept ??= kept.find(({ offset }) => !this.#marks.isDone(offset))?.offset;
      await this.#pass(firstKept ?? next);
    }
  }

  /** Up to `limit` letters from the offset `from` on, oldest first; also while a walk goes on. */
  async page<T>(
    filter: LetterFilter,
    { from, limit, view }: { readonly from: number; readonly limit: number; readonly view: (letter: KeptLetter) => T },
  ): Promise<LetterPage<T>> {
    const end = await this.#end();
    const letters: T[] = [];
    let looked = 0;
    for (let next = Math.max(from, this.#cursor.committed); next < end;) {
      const read = await this.#readAt(next);
      if (read.next === next) break;
      next = read.next;
      for (const { offset, payload } of read.records) {
        if (letters.length === limit || looked === pageLookMax) return { letters, next: offset };
        looked += 1;
        const letter = this.#marks.isDone(offset) ? undefined : this.#letterOf(offset, payload);
        if (letter !== undefined && isMeant(letter, filter)) letters.push(view(letter));
      }
    }
    return { letters, next: undefined };
  }

  /** One letter, where it is kept; also while a walk goes on. */
  async find(offset: number): Promise<KeptLetter | undefined> {
    if (offset < this.#cursor.committed || offset >= (await this.#end()) || this.#marks.isDone(offset)) return undefined;
    const found = (await this.#readAt(offset)).records.find((record) => record.offset === offset);
    return found && this.#letterOf(offset, found.payload);
  }

  close(): Promise<void> {
    return this.#cursor.close();
  }

  #readAt(offset: number): Promise<CursorRead> {
    return this.#inTurn(() => {
      if (this.#cursor.position !== offset) this.#cursor.seek(offset);
      return this.#cursor.read(readMax);
    });
  }

  #end(): Promise<number> {
    return this.#inTurn(async () => {
      await this.#cursor.refresh();
      return this.#cursor.committed + this.#cursor.lag();
    });
  }

  #inTurn<T>(use: () => Promise<T>): Promise<T> {
    const result = this.#reading.then(use);
    this.#reading = result.catch(() => undefined);
    return result;
  }

  async #note({ done, refused }: Settlement): Promise<void> {
    const time = new Date().toISOString();
    for (const offset of done) this.#marks.markDone(offset);
    for (const { offset, error } of refused) this.#marks.renew(offset, { time, code: error.code, reason: error.message });
    if (done.length + refused.length > 0) await this.#marks.save();
  }

  /** The cursor first: what it has passed needs no mark, and a kill in between leaves only marks that nobody asks for. */
  async #pass(offset: number): Promise<void> {
    if (offset <= this.#cursor.committed) return;
    await this.#cursor.commit(offset);
    this.#marks.forgetBefore(offset);
    await this.#marks.save();
  }

  /** What is no letter is shown as one, so that it can be seen and purged. */
  #letterOf(offset: number, payload: Buffer): KeptLetter {
    const again = this.#marks.renewedOf(offset);
    try {
      return { offset, ...decodeDeadLetter(payload), ...again };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { offset, time: "", output: "", code: "GATELOG_PROCESSOR_EVENT_UNREADABLE", reason, event: payload };
    }
  }
}

function isMeant(letter: KeptLetter, { output, code, since, until, offsets }: LetterFilter): boolean {
  if (output !== undefined && letter.output !== output) return false;
  if (code !== undefined && letter.code !== code) return false;
  if (since !== undefined && letter.time < since) return false;
  if (until !== undefined && letter.time >= until) return false;
  return offsets === undefined || offsets.has(letter.offset);
}
