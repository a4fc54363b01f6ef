export interface PairOptions {
  readonly fieldSeparators: string;
  readonly valueSeparators: string;
  readonly quotes: string;
  readonly includeBrackets: boolean;
  readonly trimKey: string;
  readonly trimValue: string;
  readonly pairsMax: number;
}

/** Reads a text's pairs in turn; false where there are more than it may have. */
export type PairReader = (text: string, onPair: (key: string, value: string) => void) => boolean;

interface Kinds {
  readonly fieldEnds: ReadonlySet<string>;
  readonly valueStarts: ReadonlySet<string>;
  /** What closes a value that begins with this. */
  readonly closers: ReadonlyMap<string, string>;
}

/**
 * Makes a reader of pairs. A word without a value separator is no pair, and a pair without a value is left out; spaces around the value separator
 * belong to neither.
 *
 * **Guarantee**: takes time in proportion to the text.
 */
export function readPairs(options: PairOptions): PairReader {
  const kinds: Kinds = {
    fieldEnds: new Set(options.fieldSeparators),
    valueStarts: new Set(options.valueSeparators),
    closers: new Map([
      ...Array.from(options.quotes, (quote) => [quote, quote] as const),
      ...(options.includeBrackets
        ? ([
            ["(", ")"],
            ["[", "]"],
            ["<", ">"],
          ] as const)
        : []),
    ]),
  };
  const trimKey = trimmer(options.trimKey);
  const trimValue = trimmer(options.trimValue);
  return (text, onPair) => {
    const scan = new PairScan(text, kinds);
    let count = 0;
    while (scan.next()) {
      const key = trimKey(scan.key);
      const value = trimValue(scan.value);
      if (key === "" || value === "") continue;
      if (count === options.pairsMax) return false;
      count += 1;
      onPair(key, value);
    }
    return true;
  };
}

class PairScan {
  key = "";
  value = "";
  readonly #text: string;
  readonly #kinds: Kinds;
  #at = 0;
  /** Characters whose closers do not come any more: looking for them again and again would take the square of the text's length. */
  readonly #unclosed = new Set<string>();

  constructor(text: string, kinds: Kinds) {
    this.#text = text;
    this.#kinds = kinds;
  }

  /** Goes to the next pair; false at the end. */
  next(): boolean {
    while (this.#at < this.#text.length) {
      this.key = this.#readKey();
      if (!this.#skipValueSeparator()) continue;
      this.value = this.#readQuoted() ?? this.#readPlain();
      if (this.key !== "") return true;
    }
    return false;
  }

  #readKey(): string {
    const { fieldEnds, valueStarts } = this.#kinds;
    while (this.#at < this.#text.length && fieldEnds.has(this.#here)) this.#at += 1;
    const start = this.#at;
    while (this.#at < this.#text.length && !fieldEnds.has(this.#here) && !valueStarts.has(this.#here)) this.#at += 1;
    return this.#text.slice(start, this.#at).trim();
  }

  #skipValueSeparator(): boolean {
    this.#skipSpaces();
    if (this.#at >= this.#text.length || !this.#kinds.valueStarts.has(this.#here)) return false;
    this.#at += 1;
    const afterSeparator = this.#at;
    this.#skipSpaces();
    // `a= b=1`: the value of a is empty, and b is a key.
    if (this.#at > afterSeparator && !this.#kinds.closers.has(this.#here)) this.#at = this.#isKeyAhead() ? afterSeparator : this.#at;
    return true;
  }

  #isKeyAhead(): boolean {
    const { fieldEnds, valueStarts } = this.#kinds;
    for (let at = this.#at; at < this.#text.length; at += 1) {
      const character = this.#text.charAt(at);
      if (valueStarts.has(character)) return true;
      if (fieldEnds.has(character)) return false;
    }
    return false;
  }

  #readQuoted(): string | undefined {
    const opener = this.#here;
    const closer = this.#kinds.closers.get(opener);
    if (closer === undefined || this.#unclosed.has(opener)) return undefined;
    for (let at = this.#at + 1; at < this.#text.length; at += 1) {
      const character = this.#text.charAt(at);
      if (character === "\\" && opener === closer) at += 1;
      else if (character === closer) {
        const inner = this.#text.slice(this.#at + 1, at);
        this.#at = at + 1;
        return opener === closer && inner.includes("\\") ? inner.replaceAll(`\\${closer}`, closer) : inner;
      }
    }
    this.#unclosed.add(opener);
    return undefined;
  }

  #readPlain(): string {
    const { fieldEnds } = this.#kinds;
    const start = this.#at;
    while (this.#at < this.#text.length && !fieldEnds.has(this.#here)) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #skipSpaces(): void {
    while (this.#here === " ") this.#at += 1;
  }

  get #here(): string {
    return this.#text.charAt(this.#at);
  }
}

function trimmer(characters: string): (text: string) => string {
  if (characters === "") return (text) => text;
  const trimmed = new Set(characters);
  return (text) => {
    let start = 0;
    let end = text.length;
    while (start < end && trimmed.has(text.charAt(start))) start += 1;
    while (end > start && trimmed.has(text.charAt(end - 1))) end -= 1;
    return text.slice(start, end);
  };
}
