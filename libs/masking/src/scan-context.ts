import type { Replace } from "./modes.ts";
import type { Redactions } from "./redactions.ts";
import type { Rules } from "./rules.ts";

/** JSON in a string in JSON in a string …: deeper than this, only patterns are looked for. */
const nestingMax = 4;

/** Masks a text of any kind; `scanned` by its structure first where it has one. */
export type MaskAny = (text: string, context: ScanContext, scanned: "structure" | "text") => string;

/** What a scan needs beside the text: the rules, where the text stands, and what was written in its place so far. */
export class ScanContext {
  readonly rules: Rules;
  readonly redactions: Redactions;
  /** Path of the text itself, e.g. `requestContent`. */
  readonly path: string;
  /** The text is only a beginning: what stands at its end may go on. */
  readonly isCut: boolean;
  readonly #maskAny: MaskAny;
  readonly #depth: number;
  /** Replacements of this record, so that a second look does not mask them again. */
  readonly #written: Set<string>;

  constructor(
    rules: Rules,
    redactions: Redactions,
    place: { readonly path: string; readonly isCut: boolean },
    maskAny: MaskAny,
    outer?: ScanContext,
  ) {
    this.rules = rules;
    this.redactions = redactions;
    this.path = place.path;
    this.isCut = place.isCut;
    this.#maskAny = maskAny;
    this.#depth = outer === undefined ? 0 : outer.#depth + 1;
    this.#written = outer === undefined ? new Set() : outer.#written;
  }

  /** False inside of a string or field of another text. */
  get isRoot(): boolean {
    return this.#depth === 0;
  }

  /** Masks text that stands inside of this one, decoded. */
  inner(text: string, path: string, isCut = false): string {
    const context = new ScanContext(this.rules, this.redactions, { path, isCut }, this.#maskAny, this);
    return this.#maskAny(text, context, this.#depth < nestingMax ? "structure" : "text");
  }

  /** Path of something inside, without anything in it that is masked itself. */
  pathTo(name: string): string {
    return name === "" ? this.path : `${this.path}.${this.rules.safeName(name)}`;
  }

  /** What stands in the place of the value; "" where it is taken out. */
  write(value: string, replace: Replace): string {
    const replacement = replace(value) ?? "";
    this.#written.add(replacement);
    return replacement;
  }

  /** True when the value is a replacement. */
  isReplacement(value: string): boolean {
    return this.#written.has(value);
  }

  /** True when this part of the text belongs to a hash that was written in the place of a value. */
  isInsideReplacement(text: string, from: number): boolean {
    const start = /hmac:[0-9a-f]{0,16}$/.exec(text.slice(Math.max(0, from - hashChars), from));
    if (start === null) return false;
    const at = from - start[0].length;
    return this.#written.has(text.slice(at, at + hashChars));
  }
}

/** `hmac:` and 16 digits. */
const hashChars = 21;
