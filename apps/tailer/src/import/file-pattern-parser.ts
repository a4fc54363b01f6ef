/** A piece of a glob, or `any`: what `.*` stands for. */
export type PatternPart = string;

/** One of the things that an expression matches. */
export interface PatternAlternative {
  readonly parts: readonly PatternPart[];
  readonly isAtStart: boolean;
  readonly isAtEnd: boolean;
}

/** An expression that stands for more is not for globs. */
const alternativesMax = 24;
const repeatMax = 16;

/** What cannot be said by globs; never leaves this file. */
class NotForGlobs extends Error {}

/** Takes an expression apart into its alternatives; `undefined` where it uses what globs cannot say. */
export function parseFilePattern(pattern: string): readonly PatternAlternative[] | undefined {
  try {
    return new FilePatternParser(pattern).parse();
  } catch (error) {
    if (error instanceof NotForGlobs) return undefined;
    throw error;
  }
}

const startMark = "^";
const endMark = "$";
const classes: Readonly<Record<string, string>> = { d: "[0-9]", w: "[0-9A-Za-z_]" };

class FilePatternParser {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): readonly PatternAlternative[] {
    const sequences = this.#alternatives();
    if (this.#at < this.#pattern.length) throw new NotForGlobs();
    return sequences.map((sequence) => {
      const isAtStart = sequence[0] === startMark;
      const isAtEnd = sequence.at(-1) === endMark;
      const parts = sequence.slice(isAtStart ? 1 : 0, isAtEnd ? -1 : undefined);
      if (parts.includes(startMark) || parts.includes(endMark)) throw new NotForGlobs();
      return { parts, isAtStart, isAtEnd };
    });
  }

  #alternatives(): PatternPart[][] {
    const all = this.#sequence();
    while (this.#peek() === "|") {
      this.#at += 1;
      all.push(...this.#sequence());
    }
    return bounded(all);
  }

  #sequence(): PatternPart[][] {
    let sequences: PatternPart[][] = [[]];
    while (this.#at < this.#pattern.length && this.#peek() !== "|" && this.#peek() !== ")") {
      const atoms = this.#repeated(this.#atom());
      sequences = bounded(sequences.flatMap((sequence) => atoms.map((atom) => sequence.concat(atom))));
    }
    return sequences;
  }

  /** The ways in which the next thing can be matched once. */
  #atom(): PatternPart[][] {
    const character = this.#next();
    if (character === "(") return this.#group();
    if (character === "[") return [[this.#characterClass()]];
    if (character === "\\") return [[this.#escape()]];
    if (character === ".") return [["?"]];
    if (character === startMark || character === endMark) return [[character]];
    if ("*+?{".includes(character)) throw new NotForGlobs();
    return [[literal(character)]];
  }

  #group(): PatternPart[][] {
    if (this.#pattern.startsWith("?:", this.#at)) this.#at += 2;
    else if (this.#peek() === "?") throw new NotForGlobs();
    const inner = this.#alternatives();
    if (this.#next() !== ")") throw new NotForGlobs();
    return inner;
  }

  #characterClass(): string {
    const end = this.#pattern.indexOf("]", this.#at + 1);
    const inside = this.#pattern
      .slice(this.#at, end)
      .replaceAll(/\\d/g, "0-9")
      .replaceAll(/\\w/g, "0-9A-Za-z_")
      .replaceAll(/\\([-._])/g, "$1");
    // Among them a class that is negated, which would match a slash as well, and a named one.
    if (end === -1 || inside.startsWith("^") || /[\\/[\]!]/.test(inside)) throw new NotForGlobs();
    this.#at = end + 1;
    return `[${inside}]`;
  }

  #escape(): string {
    const character = this.#next();
    if (/[A-Za-z0-9]/.test(character)) {
      const found = classes[character];
      if (found === undefined) throw new NotForGlobs();
      return found;
    }
    return literal(character);
  }

  #repeated(atoms: PatternPart[][]): PatternPart[][] {
    const quantifier = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/.exec(this.#pattern.slice(this.#at));
    if (quantifier === null) return atoms;
    this.#at += quantifier[0].length;
    // A lazy one matches the same paths.
    if (this.#peek() === "?") this.#at += 1;
    if (quantifier[0] === "?") return bounded([...atoms, []]);
    const [atom] = atoms;
    const part = atom?.[0];
    if (atoms.length !== 1 || atom?.length !== 1 || part === undefined || part === startMark || part === endMark) throw new NotForGlobs();
    if (quantifier[0] === "*") return part === "?" ? [["any"]] : [[`*(${part})`]];
    if (quantifier[0] === "+") return part === "?" ? [["?", "any"]] : [[`+(${part})`]];
    const least = Number(quantifier[1]);
    const most = quantifier[2] === undefined ? least : Number(quantifier[3] || "NaN");
    if (Number.isNaN(most) || most > repeatMax || most < least) throw new NotForGlobs();
    return bounded(Array.from({ length: most - least + 1 }, (_, index) => Array.from({ length: least + index }, () => part)));
  }

  #peek(): string | undefined {
    return this.#pattern[this.#at];
  }

  #next(): string {
    const character = this.#pattern[this.#at];
    if (character === undefined) throw new NotForGlobs();
    this.#at += 1;
    return character;
  }
}

/** A character as a glob has to write it. */
function literal(character: string): string {
  return /[*?[\]{}()!+@\\]/.test(character) ? `\\${character}` : character;
}

function bounded(sequences: PatternPart[][]): PatternPart[][] {
  if (sequences.length > alternativesMax) throw new NotForGlobs();
  return sequences;
}
