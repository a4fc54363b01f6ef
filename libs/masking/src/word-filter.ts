/** A word to look for, in lower case; its first three characters are ASCII. `pattern` tells it from longer words, at its first character. */
export interface FilterWord {
  readonly start: string;
  readonly pattern: RegExp;
}

const blockBits = 7;
const blockMask = (1 << blockBits) - 1;
/** Characters of each word that the first look takes in; with two at a time, up to two are skipped. */
const windowChars = 3;

/**
 * A test for many words at once that skips most of the text (Wu and Manber): several times faster than one regular
 * expression of alternatives, and it is what every header and body pays.
 *
 * **Guarantee**: true where one of the words is, in any case of letters. Linear in the length of the text.
 */
export class WordFilter {
  readonly #shifts = new Uint8Array(1 << (2 * blockBits)).fill(windowChars - 1);
  /** By the first three characters, case aside: the patterns to try, or none (0). */
  readonly #candidates = new Uint8Array(1 << 15);
  readonly #patterns: RegExp[][] = [[]];

  constructor(words: readonly FilterWord[]) {
    for (const word of words) this.#add(word);
  }

  /** True when the text has one of the words. */
  test(text: string): boolean {
    const shifts = this.#shifts;
    const { length } = text;
    let at = windowChars - 1;
    while (at < length) {
      const shift = shifts[((text.charCodeAt(at - 1) & blockMask) << blockBits) | (text.charCodeAt(at) & blockMask)] ?? 1;
      if (shift > 0) at += shift;
      else if (this.#isWord(text, at - windowChars + 1)) return true;
      else at++;
    }
    return false;
  }

  #isWord(text: string, at: number): boolean {
    const candidate = this.#candidates[keyOf(text, at)] ?? 0;
    if (candidate === 0) return false;
    for (const pattern of this.#patterns[candidate] ?? []) {
      pattern.lastIndex = at;
      if (pattern.test(text)) return true;
    }
    return false;
  }

  #add({ start, pattern }: FilterWord): void {
    for (const spelling of spellings(start.slice(0, windowChars))) {
      const first = blockOf(spelling, 0);
      this.#shifts[first] = Math.min(this.#shifts[first] ?? 0, 1);
      this.#shifts[blockOf(spelling, 1)] = 0;
    }
    const key = keyOf(start, 0);
    const known = this.#candidates[key] ?? 0;
    if (known === 0) this.#candidates[key] = this.#patterns.push([pattern]) - 1;
    else this.#patterns[known]?.push(pattern);
  }
}

function blockOf(text: string, at: number): number {
  return ((text.charCodeAt(at) & blockMask) << blockBits) | (text.charCodeAt(at + 1) & blockMask);
}

/** Five bits of each character tell letters apart, and leave their case out. */
function keyOf(text: string, at: number): number {
  return ((text.charCodeAt(at) & 31) << 10) | ((text.charCodeAt(at + 1) & 31) << 5) | (text.charCodeAt(at + 2) & 31);
}

/** Every mix of upper and lower case. */
function spellings(start: string): readonly string[] {
  return Array.from(start).reduce<readonly string[]>(
    (prefixes, char) => prefixes.flatMap((prefix) => [...new Set([char, char.toUpperCase()])].map((spelt) => prefix + spelt)),
    [""],
  );
}
