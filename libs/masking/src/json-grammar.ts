/** What may come next in a JSON document. */
type Expected = "value" | "valueOrClose" | "key" | "keyOrClose" | "colon" | "commaOrClose";

const literal = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
// oxlint-disable-next-line no-control-regex -- JSON forbids control characters in strings.
const string = /^"[^"\\\u0000-\u001F]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001F]*)*"$/;

/**
 * Watches the tokens of a text pass and tells whether they are one JSON document or several in a row. Closes only what
 * is open: a bracket of the wrong kind is an error and changes nothing.
 */
export class JsonGrammar {
  #expected: Expected = "value";
  /** True for an object, false for a list. */
  readonly #open: boolean[] = [];
  #documents = 0;
  #isWellFormed = true;

  get depth(): number {
    return this.#open.length;
  }

  get isInObject(): boolean {
    return this.#open.at(-1) === true;
  }

  /** True when the tokens so far are documents; whole ones, unless the text is cut. */
  isWellFormed(isCut: boolean): boolean {
    return this.#isWellFormed && (isCut || (this.#open.length === 0 && this.#documents > 0));
  }

  open(isObject: boolean): void {
    this.#expect("value", "valueOrClose");
    this.#open.push(isObject);
    this.#expected = isObject ? "keyOrClose" : "valueOrClose";
  }

  /** False when the bracket closes nothing. */
  close(isObject: boolean): boolean {
    if (this.#open.at(-1) !== isObject) {
      this.#isWellFormed = false;
      return false;
    }
    this.#expect("commaOrClose", isObject ? "keyOrClose" : "valueOrClose");
    this.#open.pop();
    this.#ended();
    return true;
  }

  key(): void {
    this.#expect("key", "keyOrClose");
    this.#expected = "colon";
  }

  colon(): void {
    this.#expect("colon");
    this.#expected = "value";
  }

  comma(): void {
    if (this.#open.length === 0) this.#isWellFormed = false;
    this.#expect("commaOrClose");
    this.#expected = this.isInObject ? "key" : "value";
  }

  value(): void {
    this.#expect("value", "valueOrClose");
    this.#ended();
  }

  /** A number, `true`, or what stands in the place of one. */
  literal(token: string): void {
    if (!literal.test(token)) this.#isWellFormed = false;
    this.value();
  }

  /** The spelling of a string; its place is told by `key` or `value`. */
  string(token: string): void {
    if (!string.test(token)) this.#isWellFormed = false;
  }

  malformed(): void {
    this.#isWellFormed = false;
  }

  #ended(): void {
    if (this.#open.length === 0) this.#documents++;
    this.#expected = this.#open.length === 0 ? "value" : "commaOrClose";
  }

  #expect(expected: Expected, or: Expected = expected): void {
    if (this.#expected !== expected && this.#expected !== or) this.#isWellFormed = false;
  }
}
