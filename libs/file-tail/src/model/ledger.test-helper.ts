import type { Encoding, TailLine } from "../types.ts";

/** A line that was written whole. */
export interface WrittenLine {
  readonly number: number;
  readonly text: string;
  /** Where it begins in its file, and in every copy of it. */
  readonly offset: number;
}

/** Why a line may come again, and whether under the same name. */
export type Again = "rejected" | "crashed" | "copied" | "shortened";

const comesElsewhere: ReadonlySet<Again> = new Set(["copied", "shortened"]);

interface Account extends WrittenLine {
  count: number;
  /** Names under which it came: generation and offset. */
  readonly places: Set<string>;
  again: Again | undefined;
  /** Where no file holds it any more, but the tail has it open. */
  isObliged: boolean;
}

/** What was counted in one walk. */
export interface LedgerFigures {
  readonly lines: number;
  readonly delivered: number;
  /** Lines that vanished before anybody could be held to have read them. */
  readonly vanished: number;
  readonly fragments: number;
  /** Names that two lines had, where nobody could tell their files apart. */
  readonly ambiguous: number;
  readonly doubled: Readonly<Record<Again, number>>;
}

/** Beginning of what every file begins with where a walk has a banner; it is no line of its own. */
export const bannerStart = "banner ";

export interface LedgerOptions {
  /** Of the files. */
  readonly encoding: Encoding;
  /** Lines over it come cut. */
  readonly lineBytesMax: number;
  /** Whether the events of a line that comes again may be cut differently. */
  readonly isJoined: boolean;
  /** Whether all files begin with the same bytes, so that a crashed tail may take one for another. */
  readonly hasBanner: boolean;
}

/**
 * Accounts for every line: what was written, what came, how often, under which names.
 *
 * What breaks a promise is told once, as a sentence, in `violations`.
 */
export class Ledger {
  readonly violations: string[] = [];
  readonly #options: LedgerOptions;
  readonly #accounts = new Map<number, Account>();
  readonly #textAt = new Map<string, string>();
  readonly #unfinished = new Map<number, WrittenLine>();
  readonly #doubled: Record<Again, number> = { rejected: 0, crashed: 0, copied: 0, shortened: 0 };
  #fragments = 0;
  #hasGivenUp = false;
  #isShortened = false;
  #ambiguous = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  write(line: WrittenLine): void {
    this.#accounts.set(line.number, { ...line, count: 0, places: new Set(), again: undefined, isObliged: false });
  }

  /** A line whose beginning may come as one: nothing will ever follow it where it stands. */
  leaveUnfinished(line: WrittenLine): void {
    this.#unfinished.set(line.number, line);
  }

  isDelivered(line: WrittenLine): boolean {
    return this.#account(line).count > 0;
  }

  /** The tail has it in its hands: it is owed although nothing holds it any more. */
  oblige(lines: Iterable<WrittenLine>): void {
    for (const line of lines) this.#account(line).isObliged = true;
  }

  /** Lets lines come again. */
  permit(lines: Iterable<WrittenLine>, again: Again): void {
    if (again === "shortened") this.#isShortened = true;
    for (const line of lines) {
      const account = this.#account(line);
      if (account.again === undefined || !comesElsewhere.has(account.again)) account.again = again;
    }
  }

  /** Everything that came so far may come again. */
  crash(): void {
    this.giveUp();
    this.permit(
      [...this.#accounts.values()].filter(({ count }) => count > 0),
      "crashed",
    );
  }

  /** Lines were taken of which the tail knows nothing; what was only in its hands is owed by nobody. */
  giveUp(): void {
    this.#hasGivenUp = true;
    for (const account of this.#accounts.values()) if (account.count === 0) account.isObliged = false;
  }

  /** What came of these lines is acknowledged and on disk: they may not come again. */
  settle(lines: Iterable<WrittenLine>): void {
    for (const line of lines) {
      const account = this.#account(line);
      if (account.count > 0 && account.again !== undefined && !comesElsewhere.has(account.again)) account.again = undefined;
    }
  }

  /** Which of the lines that files hold, and of those that are owed all the same, did not come. */
  missing(held: Iterable<WrittenLine>): WrittenLine[] {
    const owed = new Set<Account>();
    for (const line of held) owed.add(this.#account(line));
    for (const account of this.#accounts.values()) if (account.isObliged) owed.add(account);
    return [...owed].filter(({ count }) => count === 0);
  }

  /** Takes what the tail delivered; resolves to the lines of which it may come again until it is acknowledged. */
  take(delivered: TailLine): WrittenLine[] {
    const { bytes, offset, nextOffset, joined, file } = delivered;
    const text = Buffer.from(bytes).toString();
    const place = `${Buffer.from(file.generation).toString("hex")}@${offset}${joined ? `-${nextOffset}` : ""}`;
    const before = this.#textAt.get(place);
    if (before !== undefined && before !== text && this.#mayShareName(before, text)) this.#ambiguous += 1;
    else if (before !== undefined && before !== text) this.#fail(`${place} names two lines: "${short(before)}" and "${short(text)}"`);
    this.#textAt.set(place, text);
    const taken: WrittenLine[] = [];
    let isFirst = true;
    for (const part of joined ? text.split("\n") : [text]) {
      const line = this.#takeText(part, { delivered, place, isFirst });
      if (line !== undefined) taken.push(line);
      isFirst = false;
    }
    return taken;
  }

  figures(held: Iterable<WrittenLine>): LedgerFigures {
    const reachable = new Set([...held].map(({ number }) => number));
    const accounts = [...this.#accounts.values()];
    return {
      lines: accounts.length,
      delivered: accounts.filter(({ count }) => count > 0).length,
      vanished: accounts.filter(({ count, number }) => count === 0 && !reachable.has(number)).length,
      fragments: this.#fragments,
      ambiguous: this.#ambiguous,
      doubled: this.#doubled,
    };
  }

  /**
   * A line that is whole in one file and cut off in a copy of it is one line. And what a tail had handed on since it wrote its state last
   * may be gone, with another file in its place that begins with the few bytes that the last one is known by on disk.
   */
  #mayShareName(one: string, other: string): boolean {
    const [shorter = "", longer = ""] = [one, other].map((text) => text.replace(/\uFFFD+$/u, "")).sort((a, b) => a.length - b.length);
    const isCutOff = longer.startsWith(shorter) && [...this.#unfinished.values()].some(({ text }) => text.startsWith(shorter));
    return isCutOff || (this.#hasGivenUp && (this.#options.hasBanner || this.#isShortened));
  }

  #takeText(text: string, context: { delivered: TailLine; place: string; isFirst: boolean }): WrittenLine | undefined {
    if (text.startsWith(bannerStart)) return undefined;
    const number = Number(/^line (\d+) /.exec(text)?.[1] ?? Number.NaN);
    const account = this.#accounts.get(number);
    if (account !== undefined && this.#isWhole(account.text, text, context.delivered) && !this.#hasNoEnd(account.text, context.delivered)) {
      this.#count(account, context);
      return account;
    }
    this.#takeFragment(text, context);
    return undefined;
  }

  #isWhole(expected: string, text: string, { truncated }: TailLine): boolean {
    if (text === expected) return Buffer.byteLength(text) <= this.#options.lineBytesMax;
    const bytes = Buffer.byteLength(text);
    return truncated && expected.startsWith(text) && bytes <= this.#options.lineBytesMax && bytes > this.#options.lineBytesMax - 4;
  }

  /** In a copy that was made before its line end was written it is a beginning like any other, whole or cut as it may be. */
  #hasNoEnd(expected: string, { offset, nextOffset, joined }: TailLine): boolean {
    const encoding = this.#options.encoding === "utf-16le" ? "utf16le" : "utf8";
    return !joined && nextOffset - offset < Buffer.byteLength(`${expected}\n`, encoding);
  }

  /** Of what was cut off for ever the beginning may come, whatever its last character became. */
  #takeFragment(text: string, { delivered: { file, offset } }: { delivered: TailLine }): void {
    this.#fragments += 1;
    const beginning = text.replace(/\uFFFD+$/u, "");
    for (const line of this.#unfinished.values()) if (line.text.startsWith(beginning)) return;
    this.#fail(`a line was invented: "${short(text)}", from ${offset} of ${file.path}`);
  }

  #count(account: Account, { delivered, place, isFirst }: { delivered: TailLine; place: string; isFirst: boolean }): void {
    if (isFirst && delivered.offset !== account.offset)
      this.#fail(`line ${account.number} stands at ${account.offset} and came as from ${delivered.offset} of ${delivered.file.path}`);
    account.count += 1;
    if (account.count > 1) this.#countAgain(account, place);
    account.places.add(place);
  }

  #countAgain(account: Account, place: string): void {
    const { number, again, places } = account;
    if (again === undefined) return this.#fail(`line ${number} came again without a reason, as ${place} after ${[...places].join(", ")}`);
    this.#doubled[again] += 1;
    if (comesElsewhere.has(again) || this.#options.isJoined || places.has(place)) return;
    if (this.#options.hasBanner && this.#hasGivenUp) return void (this.#ambiguous += 1);
    this.#fail(`line ${number} came again under another name, as ${place} after ${[...places].join(", ")} (${again})`);
  }

  #account({ number }: WrittenLine): Account {
    const account = this.#accounts.get(number);
    if (account === undefined) throw new Error(`line ${number} was never written`);
    return account;
  }

  #fail(sentence: string): void {
    this.violations.push(sentence);
  }
}

function short(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
