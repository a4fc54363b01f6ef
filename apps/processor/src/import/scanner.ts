import { StartError } from "@gatelog/service-kit";
import type { Place } from "./logstash-syntax.ts";

/** Reads a text from its start, and knows where it is. */
export class Scanner {
  readonly #file: string;
  readonly #text: string;
  /** Where each line begins, for places. */
  readonly #lineStarts: readonly number[];
  #at = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Where the next character stands. */
  get place(): Place {
    return this.placeOf(this.#at);
  }

  /** The next character; empty at the end. */
  get next(): string {
    return this.#text[this.#at] ?? "";
  }

  placeOf(offset: number): Place {
    let line = this.#lineStarts.findIndex((start) => start > offset);
    if (line === -1) line = this.#lineStarts.length;
    return { file: this.#file, line, column: offset - (this.#lineStarts[line - 1] ?? 0) + 1 };
  }

  /** Passes over white space and comments. */
  skip(): void {
    this.take(/(?:[ \t\r\n\uFEFF]+|#[^\n]*)*/y);
  }

  /** Whether what follows is this; nothing is taken. */
  sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  /** Takes what a sticky pattern matches here. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match[0];
  }

  /** Takes a text, where it stands here. */
  takeText(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** Takes what has to stand here. **Errors**: StartError. */
  expect(text: string, after: string): void {
    if (!this.takeText(text)) this.fail(`expected "${text}" ${after}, found ${this.found()}`);
  }

  /** Takes a text in quotes, or slashes; a backslash keeps the quote in the text, as in Logstash. */
  takeQuoted(): string {
    const place = this.place;
    const quote = this.next;
    const end = this.#endOfQuoted(quote);
    if (end === undefined) {
      const what = quote === "/" ? "this regular expression" : "this text";
      this.fail(`${what} has no end: write ${quote === "/" ? "a slash" : `a ${quote}`} behind it`, place);
    }
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #endOfQuoted(quote: string): number | undefined {
    for (let at = this.#at + 1; at < this.#text.length; at += 1) {
      if (this.#text[at] === "\\" && this.#text[at + 1] === quote && this.#text.includes(quote, at + 2)) at += 1;
      else if (this.#text[at] === quote) return at;
    }
    return undefined;
  }

  /** What stands here, for messages. */
  found(): string {
    if (this.isAtEnd) return "the end of the file";
    const word = /[\w.%-]+|=>|[=!]~|[^\s]/y;
    word.lastIndex = this.#at;
    return `"${(word.exec(this.#text)?.[0] ?? this.next).slice(0, 40)}"`;
  }

  /** **Errors**: StartError, always. */
  fail(message: string, place: Place = this.place): never {
    throw this.failure(message, place);
  }

  /** What is wrong, to be thrown. */
  failure(message: string, place: Place): StartError {
    return new StartError(`${textOfPlace(place)}: ${message}`);
  }
}

/** `file:line:column`. */
export function textOfPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
