/** What stands between two tags of an element: character data, and what is none of it. */
export interface XmlPiece {
  readonly kind: "text" | "cdata" | "comment" | "instruction" | "doctype";
  /** Of the piece with its marks. */
  readonly from: number;
  readonly to: number;
  /** Without its marks. */
  readonly contentFrom: number;
  readonly contentTo: number;
  readonly isClosed: boolean;
}

/** An attribute; the value without quotes. */
export interface XmlAttribute {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly isQuoted: boolean;
}

const marks = [
  { kind: "cdata", open: "<![CDATA[", close: "]]>" },
  { kind: "comment", open: "<!--", close: "-->" },
  { kind: "instruction", open: "<?", close: "?>" },
] as const;

/** The next piece that is no tag; undefined where a tag or the end of the text is. */
export function nextPiece(text: string, from: number): XmlPiece | undefined {
  if (from >= text.length) return undefined;
  if (text.charAt(from) !== "<") {
    const next = text.indexOf("<", from);
    const to = next === -1 ? text.length : next;
    return { kind: "text", from, to, contentFrom: from, contentTo: to, isClosed: true };
  }
  for (const { kind, open, close } of marks) {
    if (!text.startsWith(open, from)) continue;
    const end = text.indexOf(close, from + open.length);
    const contentTo = end === -1 ? text.length : end;
    const to = end === -1 ? text.length : end + close.length;
    return { kind, from, to, contentFrom: from + open.length, contentTo, isClosed: end !== -1 };
  }
  return text.startsWith("<!", from) ? doctype(text, from) : undefined;
}

/** The rest of the text where it is not closed; the internal subset is passed whole. */
function doctype(text: string, from: number): XmlPiece {
  const subset = /^<![^<>[]{0,4096}\[/.exec(text.slice(from, from + 4100));
  const subsetEnd = subset === null ? from : text.indexOf("]", from);
  const end = subsetEnd === -1 ? -1 : text.indexOf(">", subsetEnd);
  const to = end === -1 ? text.length : end + 1;
  return { kind: "doctype", from, to, contentFrom: from + 2, contentTo: end === -1 ? to : end, isClosed: end !== -1 && subset === null };
}

/** Finds the ends of tags. Where quotes are not closed, it is told without looking through the rest of the text each time. */
export class TagEnds {
  readonly #text: string;
  readonly #lastQuotes: ReadonlyMap<string, number>;

  constructor(text: string) {
    this.#text = text;
    this.#lastQuotes = new Map(['"', "'"].map((quote) => [quote, text.lastIndexOf(quote)]));
  }

  /** Index of the `>` of the tag that begins before `at`; of the next `<` or the end of the text where it has none. */
  of(at: number): number {
    const text = this.#text;
    while (at < text.length) {
      const char = text.charAt(at);
      if (char === ">" || char === "<") return at;
      const last = this.#lastQuotes.get(char);
      at = last === undefined ? at + 1 : last <= at ? text.length : text.indexOf(char, at + 1) + 1;
    }
    return text.length;
  }
}

const attribute = /([^\s=<>"'/]+)(?:\s*=\s*(?:"([^"]*)("?)|'([^']*)('?)|([^\s"'<>]+)))?/g;

/** The attributes in the tag, whose name ends at `from`. */
export function attributesOf(text: string, from: number, to: number): readonly XmlAttribute[] {
  return Array.from(text.slice(from, to).matchAll(attribute), (match) => {
    const [whole, name = "", double, doubleClose, single, singleClose, bare] = match;
    const value = double ?? single ?? bare;
    const close = (doubleClose ?? singleClose ?? "").length;
    const end = from + match.index + whole.length - close;
    return { name, from: end - (value ?? "").length, to: end, isQuoted: value !== undefined && bare === undefined };
  });
}

/** `Password` of `wsse:Password`. */
export function localName(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}
