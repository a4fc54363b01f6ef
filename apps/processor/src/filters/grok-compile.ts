import { nearestName } from "@gatelog/service-kit";

/** Characters that a pattern may have once all its names are replaced. */
const expandedLengthMax = 200_000;
const types = ["string", "int", "long", "float", "double", "boolean"] as const;
export type CaptureType = (typeof types)[number];

/** A group of the expression whose text becomes a field. */
export interface Capture {
  readonly group: number;
  readonly field: string;
  readonly type: CaptureType;
}

export interface CompiledGrok {
  readonly expression: RegExp;
  readonly captures: readonly Capture[];
}

export interface GrokOptions {
  readonly patterns: ReadonlyMap<string, string>;
  /** False: `%{IP}`, which gives no field, gives the field `IP`. */
  readonly namedCapturesOnly: boolean;
}

/** Compiles a grok pattern. **Errors**: what is wrong with it, as a sentence. */
export function compileGrok(pattern: string, options: GrokOptions): CompiledGrok | string {
  try {
    const compiler = new GrokCompiler(options);
    const source = compiler.translate(pattern);
    return { expression: new RegExp(source, compiler.flags), captures: compiler.captures };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const referencePattern = /%\{(\w+)(?::([^:}]+)(?::(\w+))?)?\}/y;
const groupNamePattern = /\(\?<([^>=!][^>]*)>/y;
const posixClasses: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "\\x21-\\x7e",
  lower: "a-z",
  print: "\\x20-\\x7e",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\s",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9A-Fa-f",
};
/** Anchors and classes that JavaScript writes in another way. */
const escapes: Readonly<Record<string, string>> = {
  A: "(?<![\\s\\S])",
  z: "(?![\\s\\S])",
  Z: "(?=\\n?(?![\\s\\S]))",
  h: "[0-9A-Fa-f]",
  H: "[^0-9A-Fa-f]",
};

/**
 * Translates grok's expressions (Oniguruma's, in Ruby's way) to JavaScript's: only named groups capture, `^` and `$` are at every line, an atomic group
 * is a look-ahead with a back-reference.
 */
class GrokCompiler {
  readonly captures: Capture[] = [];
  /** Ruby's `^` and `$` stand at every line. */
  flags = "m";
  readonly #options: GrokOptions;
  readonly #groupsByName = new Map<string, number>();
  /** Names being replaced, outermost first. */
  readonly #open: string[] = [];
  #groups = 0;
  #length = 0;

  constructor(options: GrokOptions) {
    this.#options = options;
  }

  translate(pattern: string): string {
    const inline = /^\(\?([im]+)\)/.exec(pattern);
    if (inline?.[1]?.includes("i")) this.flags += "i";
    // What Ruby calls multi-line is a dot that matches line ends.
    if (inline?.[1]?.includes("m")) this.flags += "s";
    return this.#expand(inline === null ? pattern : pattern.slice(inline[0].length));
  }

  #expand(pattern: string): string {
    this.#length += pattern.length;
    if (this.#length > expandedLengthMax) throw new Error(`is longer than ${expandedLengthMax} characters once its names are replaced`);
    /** What closes the groups that are open. */
    const closers: string[] = [];
    let translated = "";
    for (let at = 0; at < pattern.length;) {
      const { text, length } = this.#part(pattern, at, closers);
      translated += text;
      at += length;
    }
    return translated;
  }

  #part(pattern: string, at: number, closers: string[]): { text: string; length: number } {
    const character = pattern.charAt(at);
    if (character === "\\") return this.#escape(pattern, at);
    if (character === "[") return this.#characterClass(pattern, at);
    if (character === "(") return this.#group(pattern, at, closers);
    if (character === ")") return { text: closers.pop() ?? ")", length: 1 };
    if (character === "%" && pattern.charAt(at + 1) === "{") return this.#reference(pattern, at);
    return { text: character, length: 1 };
  }

  #escape(pattern: string, at: number): { text: string; length: number } {
    const next = pattern.charAt(at + 1);
    if (next === "k") return this.#backReference(pattern, at);
    if (/[1-9]/.test(next)) throw new Error(`\\${next} refers to a group without a name: name it, (?<name>…), and write \\k<name>`);
    return { text: Object.hasOwn(escapes, next) ? (escapes[next] as string) : `\\${next}`, length: 2 };
  }

  #backReference(pattern: string, at: number): { text: string; length: number } {
    const match = /^\\k<([^>]+)>/.exec(pattern.slice(at));
    const group = this.#groupsByName.get(match?.[1] ?? "");
    if (match === null || group === undefined) throw new Error(`${match?.[0] ?? "\\k"} refers to no group before it`);
    return { text: `(?:\\${group})`, length: match[0].length };
  }

  #characterClass(pattern: string, at: number): { text: string; length: number } {
    let text = pattern.startsWith("[^", at) ? "[^" : "[";
    let end = at + text.length;
    // A bracket that stands first is meant itself.
    if (pattern.charAt(end) === "]") [text, end] = [`${text}\\]`, end + 1];
    for (; end < pattern.length && pattern.charAt(end) !== "]";) {
      const posix = /^\[:(\w+):\]/.exec(pattern.slice(end, end + 12));
      const known = posix?.[1] === undefined ? undefined : posixClasses[posix[1]];
      const width = posix?.[0].length ?? (pattern.charAt(end) === "\\" ? 2 : 1);
      const piece = pattern.slice(end, end + width);
      text += known ?? (piece === "\\h" ? "0-9A-Fa-f" : piece === "[" ? "\\[" : piece);
      end += width;
    }
    return { text: `${text}]`, length: end + 1 - at };
  }

  #group(pattern: string, at: number, closers: string[]): { text: string; length: number } {
    groupNamePattern.lastIndex = at;
    const name = groupNamePattern.exec(pattern)?.[1];
    if (name !== undefined) {
      closers.push(")");
      this.#groupsByName.set(name, this.#groups + 1);
      return { text: this.#capture(name, "string"), length: name.length + 4 };
    }
    if (pattern.startsWith("(?>", at)) {
      this.#groups += 1;
      closers.push(`))\\${this.#groups})`);
      return { text: "(?:(?=(", length: 3 };
    }
    closers.push(")");
    return pattern.charAt(at + 1) === "?" ? { text: "(?", length: 2 } : { text: "(?:", length: 1 };
  }

  #reference(pattern: string, at: number): { text: string; length: number } {
    referencePattern.lastIndex = at;
    const match = referencePattern.exec(pattern);
    if (match === null)
      throw new Error(`"${pattern.slice(at, at + 40)}" is no reference: write %{NAME}, %{NAME:field} or %{NAME:field:int}`);
    const [whole, name = "", field = this.#options.namedCapturesOnly ? undefined : name, type = "string"] = match;
    const definition = this.#options.patterns.get(name);
    if (definition === undefined) throw new Error(unknownPattern(name, this.#options.patterns));
    if (this.#open.includes(name)) throw new Error(`the pattern ${name} refers to itself`);
    if (!isCaptureType(type)) throw new Error(`"${type}" is no type of a field, there are: ${types.join(", ")}`);
    const opener = field === undefined ? "(?:" : this.#capture(field, type);
    this.#open.push(name);
    const inner = this.#expand(definition);
    this.#open.pop();
    return { text: `${opener}${inner})`, length: whole.length };
  }

  #capture(field: string, type: CaptureType): string {
    this.#groups += 1;
    this.captures.push({ group: this.#groups, field, type });
    return "(";
  }
}

function isCaptureType(type: string): type is CaptureType {
  return (types as readonly string[]).includes(type);
}

function unknownPattern(name: string, patterns: ReadonlyMap<string, string>): string {
  const nearest = nearestName(name, [...patterns.keys()]);
  return `there is no pattern "${name}"${nearest === undefined ? ": define it in patterns" : `, did you mean "${nearest}"?`}`;
}
