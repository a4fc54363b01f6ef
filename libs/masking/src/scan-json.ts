import { JsonGrammar } from "./json-grammar.ts";
import { bareEnd, closingQuote, literalEnd, skipSpace, unquote } from "./json-tokens.ts";
import { mask, type Replace } from "./modes.ts";
import type { PathState } from "./path-rules.ts";
import type { ScanContext } from "./scan-context.ts";
import { mayHoldTokens } from "./tokens.ts";

/** A text with its secrets masked. */
export interface Scanned {
  readonly text: string;
  /** False when the text is not what the scanner reads, so that a look at it as plain text must follow. */
  readonly isWellFormed: boolean;
}

const quote = 0x22;
/** Values that reveal nothing and stay as they are. */
const harmless = new Set(["null", "true", "false"]);
/** Deeper keys are masked as well, only their path is no longer spelt out. */
const pathDepthMax = 32;
/** A telephone number has the fewest. */
const numberDigitsMin = 11;
const noState: PathState = [];

/**
 * Masks the values of secret keys at any depth, what paths name, and secrets inside of strings, numbers and keys.
 * Everything else stays byte for byte, numbers and white space included. It reads tokens rather than documents, so that
 * a text that is cut anywhere, or several documents in a row, are masked just as well.
 */
export function scanJson(text: string, context: ScanContext): Scanned {
  return new JsonScan(text, context).run();
}

class JsonScan {
  readonly #text: string;
  readonly #context: ScanContext;
  readonly #grammar = new JsonGrammar();
  readonly #hasPaths: boolean;
  #masked = "";
  #copied = 0;
  #at = 0;
  /** Keys of the open objects and lists, outermost first. */
  readonly #keys: string[] = [];
  #key = "";
  readonly #indexes: number[] = [];
  readonly #states: PathState[] = [];
  /** How the value that comes next is replaced. */
  #pending: Replace | undefined;
  #state: PathState;
  /** An object or list that is replaced whole: where it begins, and how deep what is around it is. */
  #muted: { readonly from: number; readonly depth: number; readonly replace: Replace; readonly path: string } | undefined;

  constructor(text: string, context: ScanContext) {
    this.#text = text;
    this.#context = context;
    this.#hasPaths = !context.rules.json.isEmpty && context.isRoot;
    this.#state = this.#hasPaths ? context.rules.json.root() : noState;
  }

  run(): Scanned {
    const text = this.#text;
    while (this.#at < text.length) this.#token(text.charCodeAt(this.#at));
    this.#closeMuted(text.length, -1);
    const isWellFormed = this.#grammar.isWellFormed(this.#context.isCut);
    return { text: this.#copied === 0 ? text : this.#masked + text.slice(this.#copied), isWellFormed };
  }

  #token(code: number): void {
    if (code === quote) this.#string();
    else if (code === 0x7b || code === 0x5b) this.#open(code === 0x7b);
    else if (code === 0x7d || code === 0x5d) this.#close(code === 0x7d);
    else if (code === 0x3a || code === 0x2c) this.#separator(code === 0x3a);
    else if (code <= 0x20 || (code === 0xfeff && this.#at === 0)) this.#at++;
    else this.#literal();
  }

  #separator(isColon: boolean): void {
    if (isColon) this.#grammar.colon();
    else this.#grammar.comma();
    this.#at++;
  }

  #open(isObject: boolean): void {
    const replace = this.#beginValue();
    if (replace !== undefined && this.#muted === undefined)
      this.#muted = { from: this.#at, depth: this.#grammar.depth, replace, path: this.#path() };
    this.#grammar.open(isObject);
    this.#keys.push(isObject ? this.#key : `${this.#key}[]`);
    this.#key = "";
    this.#indexes.push(-1);
    this.#states.push(this.#state);
    this.#at++;
  }

  #close(isObject: boolean): void {
    this.#at++;
    if (!this.#grammar.close(isObject)) return;
    this.#keys.pop();
    this.#indexes.pop();
    this.#states.pop();
    this.#key = "";
    this.#closeMuted(this.#at, this.#grammar.depth);
  }

  #closeMuted(end: number, depth: number): void {
    const muted = this.#muted;
    if (muted === undefined || muted.depth < depth) return;
    this.#muted = undefined;
    this.#replaceValue(muted.from, end, { value: this.#text.slice(muted.from, end), replace: muted.replace, path: muted.path });
  }

  #string(): void {
    const text = this.#text;
    const start = this.#at;
    const close = closingQuote(text, start);
    const end = close === -1 ? text.length : close + 1;
    if (close === -1) this.#unclosed();
    else if (this.#context.rules.strict) this.#grammar.string(text.slice(start, end));
    if (text.charCodeAt(skipSpace(text, end)) === 0x3a) this.#keyToken(start, end);
    else this.#stringValue(start, end, close !== -1);
    this.#at = end;
  }

  #unclosed(): void {
    if (!this.#context.isCut) this.#grammar.malformed();
  }

  #keyToken(start: number, end: number): void {
    this.#grammar.key();
    const { rules } = this.#context;
    this.#key = unquote(this.#text, start, end, true);
    const verdict = rules.keys.judge(this.#key);
    this.#pending = verdict.replace;
    if (this.#hasPaths) {
      const { state, replace } = rules.json.child(this.#states.at(-1) ?? noState, { kind: "name", name: this.#key, index: 0 });
      this.#state = state;
      this.#pending = replace ?? this.#pending;
    }
    if (this.#muted !== undefined || !verdict.holdsToken) return;
    const masked = this.#context.inner(this.#key, this.#context.path);
    // A key cannot be taken out.
    if (masked !== this.#key) this.#replace(start, end, JSON.stringify(masked === "" ? mask : masked));
  }

  #stringValue(start: number, end: number, isClosed: boolean): void {
    const replace = this.#beginValue();
    this.#grammar.value();
    if (this.#muted !== undefined || (isClosed && end - start === 2)) return;
    const content = unquote(this.#text, start, end, isClosed);
    if (replace !== undefined) {
      this.#replaceValue(start, end, { value: content, replace, path: this.#path() });
      return;
    }
    const isCut = !isClosed && this.#context.isCut;
    if (!isCut && !this.#context.rules.mayHold(content)) return;
    const masked = this.#context.inner(content, this.#path(), isCut);
    if (masked !== content) this.#replace(start, end, masked === "" ? "null" : JSON.stringify(masked));
  }

  #literal(): void {
    const start = this.#at;
    const replace = this.#beginValue();
    const isSecret = replace !== undefined && this.#muted === undefined;
    const end = Math.max(start + 1, isSecret ? bareEnd(this.#text, start) : literalEnd(this.#text, start));
    this.#at = end;
    const token = this.#text.slice(start, end);
    const isLast = end === this.#text.length && this.#context.isCut;
    if (isLast) this.#grammar.value();
    else this.#grammar.literal(token);
    if (this.#muted !== undefined || harmless.has(token)) return;
    if (isSecret) this.#replaceValue(start, end, { value: token, replace, path: this.#path() });
    else if (isLast || this.#mayBeToken(token)) this.#number(start, end, isLast);
  }

  #mayBeToken(token: string): boolean {
    const { tokens } = this.#context.rules;
    return (token.length >= numberDigitsMin || tokens.patterns.length > 0) && mayHoldTokens(token, tokens);
  }

  /** A number of a person without quotes; a fraction is none. */
  #number(start: number, end: number, isCut: boolean): void {
    const token = this.#text.slice(start, end);
    if (/^-?\d+\.\d/.test(token) && this.#context.rules.tokens.patterns.length === 0) return;
    const masked = this.#context.inner(token, this.#path(), isCut);
    if (masked !== token) this.#replace(start, end, masked === "" ? "null" : JSON.stringify(masked));
  }

  /** Called where a value begins; how it is replaced as a whole. */
  #beginValue(): Replace | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    if (this.#grammar.isInObject || !this.#hasPaths) return pending;
    if (this.#grammar.depth === 0) {
      this.#state = this.#context.rules.json.root();
      return undefined;
    }
    const index = (this.#indexes.at(-1) ?? 0) + 1;
    this.#indexes[this.#indexes.length - 1] = index;
    const { state, replace } = this.#context.rules.json.child(this.#states.at(-1) ?? noState, { kind: "index", name: "", index });
    this.#state = state;
    return replace;
  }

  #replaceValue(from: number, to: number, what: { readonly value: string; readonly replace: Replace; readonly path: string }): void {
    const replacement = this.#context.write(what.value, what.replace);
    this.#replace(from, to, replacement === "" ? "null" : JSON.stringify(replacement));
    this.#context.redactions.add(what.path);
  }

  #replace(from: number, to: number, replacement: string): void {
    this.#masked += this.#text.slice(this.#copied, from) + replacement;
    this.#copied = to;
  }

  #path(): string {
    const { path, rules } = this.#context;
    const parts = [...this.#keys.slice(0, pathDepthMax), this.#key].filter((part) => part !== "").map((part) => rules.safeName(part));
    const inside = parts.join(".").replaceAll(".[]", "[]");
    if (inside === "") return path;
    return inside.startsWith("[") ? `${path}${inside}` : `${path}.${inside}`;
  }
}
