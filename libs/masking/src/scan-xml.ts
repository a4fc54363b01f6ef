import { xmlDecode, xmlEncode } from "./decode.ts";
import type { Replace } from "./modes.ts";
import type { PathState } from "./path-rules.ts";
import type { ScanContext } from "./scan-context.ts";
import type { Scanned } from "./scan-json.ts";
import { attributesOf, localName, nextPiece, TagEnds, type XmlAttribute, type XmlPiece } from "./xml-tokens.ts";

/** Values that reveal nothing and stay as they are. */
const harmless = new Set(["", "null", "true", "false"]);
const pathDepthMax = 32;
/** Of WS-Security: no token itself; the password in it is masked by its own name, and who called stays. */
const tokenOfNames = "UsernameToken";
const noState: PathState = [];
const tagName = /[^\s<>/"'=]*/y;
const validName = /^[\p{L}_][\p{L}\p{N}_.:-]*$/u;
const bareAmpersand = /&(?!(?:#\d+|#x[0-9a-fA-F]+|[\p{L}_][\p{L}\p{N}_.-]*);)/u;
/** Elements whose name stands in an attribute: `<entry key="password">…`. */
const namedElements = new Set(["entry", "property", "param", "parameter", "string", "item", "field", "arg", "add", "setting", "attribute"]);

interface Element {
  readonly name: string;
  readonly local: string;
  readonly state: PathState;
}

/**
 * Masks the content of secret elements, the values of secret attributes, what paths name, and secrets inside of
 * character data, attributes and comments, entities and CDATA resolved. Everything else stays as it is. It reads tags
 * rather than documents, so that a text that is cut, and HTML, are masked just as well.
 */
export function scanXml(text: string, context: ScanContext): Scanned {
  return new XmlScan(text, context).run();
}

class XmlScan {
  readonly #text: string;
  readonly #context: ScanContext;
  readonly #tagEnds: TagEnds;
  readonly #hasPaths: boolean;
  readonly #open: Element[] = [];
  /** How many elements of each name are open, so that a stray end tag is told at once. */
  readonly #openNames = new Map<string, number>();
  #masked = "";
  #copied = 0;
  #roots = 0;
  #isWellFormed = true;
  #muted: { readonly from: number; readonly depth: number; readonly replace: Replace; readonly path: string } | undefined;

  constructor(text: string, context: ScanContext) {
    this.#text = text;
    this.#context = context;
    this.#tagEnds = new TagEnds(text);
    this.#hasPaths = !context.rules.xml.isEmpty && context.isRoot;
  }

  run(): Scanned {
    const text = this.#text;
    let at = 0;
    while (at < text.length) {
      at = this.#characters(at);
      if (at < text.length) at = this.#tag(at);
    }
    this.#closeMuted(text.length, -1);
    if (!this.#context.isCut && (this.#open.length > 0 || this.#roots !== 1)) this.#isWellFormed = false;
    return { text: this.#copied === 0 ? text : this.#masked + text.slice(this.#copied), isWellFormed: this.#isWellFormed };
  }

  /** All that stands before the next tag, as one: `138<![CDATA[0013]]>8000` is one number. */
  #characters(from: number): number {
    const text = this.#text;
    let content = "";
    let at = from;
    const others: XmlPiece[] = [];
    for (let piece = nextPiece(text, at); piece !== undefined; piece = nextPiece(text, at)) {
      const inside = text.slice(piece.contentFrom, piece.contentTo);
      if (piece.kind === "cdata") content += inside;
      else if (piece.kind === "text") content += this.#characterData(inside, this.#isCutAt(piece.to));
      else others.push(piece);
      if (!piece.isClosed && !this.#isCutAt(piece.to)) this.#isWellFormed = false;
      at = piece.to;
    }
    if (this.#muted !== undefined || at === from) return at;
    if (!this.#maskCharacters(from, at, content)) for (const piece of others) this.#maskOther(piece);
    return at;
  }

  #characterData(raw: string, isCut: boolean): string {
    if (this.#open.length === 0 && raw.trim() !== "" && raw !== "\uFEFF") this.#isWellFormed = false;
    if (this.#context.rules.strict && bareAmpersand.test(isCut ? withoutCutReference(raw) : raw)) this.#isWellFormed = false;
    return xmlDecode(raw);
  }

  #maskCharacters(from: number, to: number, content: string): boolean {
    const isCut = this.#isCutAt(to);
    if (!isCut && !this.#context.rules.mayHold(content)) return false;
    const masked = this.#context.inner(content, this.#path(), isCut);
    if (masked === content) return false;
    this.#replace(from, to, xmlEncode(masked));
    return true;
  }

  /** Comments, instructions, document types: only text, so far as masking goes. */
  #maskOther({ contentFrom, contentTo, to }: XmlPiece): void {
    const content = this.#text.slice(contentFrom, contentTo);
    const isCut = this.#isCutAt(to);
    if (!isCut && !this.#context.rules.mayHold(content)) return;
    const masked = this.#context.inner(content, this.#path(), isCut);
    if (masked !== content) this.#replace(contentFrom, contentTo, masked);
  }

  #tag(from: number): number {
    const text = this.#text;
    const isEnd = text.charAt(from + 1) === "/";
    tagName.lastIndex = from + (isEnd ? 2 : 1);
    const name = tagName.exec(text)?.[0] ?? "";
    const nameEnd = from + (isEnd ? 2 : 1) + name.length;
    const end = this.#tagEnds.of(nameEnd);
    const isClosed = text.charAt(end) === ">";
    if ((!isClosed && !this.#isCutAt(end)) || (isClosed && !validName.test(name))) this.#isWellFormed = false;
    if (name !== "" && isEnd && isClosed) this.#endTag(name, from);
    else if (!isEnd && name !== "") this.#startTag(name, nameEnd, end);
    return isClosed ? end + 1 : Math.max(end, from + 1);
  }

  #startTag(name: string, nameEnd: number, end: number): void {
    const local = localName(name);
    const { rules } = this.#context;
    const parent = this.#open.at(-1)?.state ?? (this.#hasPaths ? rules.xml.root() : noState);
    const node = this.#hasPaths ? rules.xml.child(parent, { kind: "name", name: local, index: 0 }) : { state: noState, replace: undefined };
    if (this.#open.length === 0) this.#roots++;
    this.#open.push({ name, local, state: node.state });
    this.#openNames.set(name, (this.#openNames.get(name) ?? 0) + 1);
    const attributes = attributesOf(this.#text, nameEnd, end);
    const named = this.#namedBy(attributes);
    if (this.#muted === undefined) for (const attribute of attributes) this.#attribute(attribute, node.state, named);
    const byName = local === tokenOfNames ? undefined : rules.keys.find(local);
    const replace = node.replace ?? byName ?? (namedElements.has(local.toLowerCase()) ? named : undefined);
    if (this.#text.charAt(end - 1) === "/") this.#pop();
    else if (replace !== undefined && this.#muted === undefined)
      this.#muted = { from: Math.min(end + 1, this.#text.length), depth: this.#open.length - 1, replace, path: this.#path() };
  }

  /** `<input name="password" value="…">`: the name is a value here. */
  #namedBy(attributes: readonly XmlAttribute[]): Replace | undefined {
    const naming = attributes.find(({ name }) => /^(?:name|key)$/i.test(name));
    return naming && this.#context.rules.keys.find(xmlDecode(this.#text.slice(naming.from, naming.to)));
  }

  #attribute({ name, from, to, isQuoted }: XmlAttribute, state: PathState, named: Replace | undefined): void {
    const raw = this.#text.slice(from, to);
    if (!isQuoted || (this.#context.rules.strict && bareAmpersand.test(this.#isCutAt(to) ? withoutCutReference(raw) : raw)))
      this.#isWellFormed = false;
    const local = localName(name);
    if (harmless.has(raw) || name.startsWith("xmlns")) return;
    const { rules } = this.#context;
    const byPath = this.#hasPaths ? rules.xml.child(state, { kind: "attribute", name: local, index: 0 }).replace : undefined;
    const replace = byPath ?? rules.keys.find(local) ?? (/^(?:value|content)$/i.test(local) ? named : undefined);
    const path = `${this.#path()}@${rules.safeName(local)}`;
    const isCut = this.#isCutAt(to);
    if (replace !== undefined) {
      this.#replace(from, to, xmlEncode(this.#context.write(xmlDecode(raw), replace)));
      this.#context.redactions.add(path);
    } else if (isCut || rules.mayHold(raw)) {
      const content = xmlDecode(raw);
      const masked = this.#context.inner(content, path, isCut);
      if (masked !== content) this.#replace(from, to, xmlEncode(masked));
    }
  }

  #endTag(name: string, from: number): void {
    if (this.#open.at(-1)?.name !== name) this.#isWellFormed = false;
    if ((this.#openNames.get(name) ?? 0) === 0) return;
    while (this.#pop() !== name);
    this.#closeMuted(from, this.#open.length);
  }

  #pop(): string | undefined {
    const element = this.#open.pop();
    if (element !== undefined) this.#openNames.set(element.name, (this.#openNames.get(element.name) ?? 1) - 1);
    return element?.name;
  }

  #closeMuted(end: number, depth: number): void {
    const muted = this.#muted;
    if (muted === undefined || muted.depth < depth) return;
    this.#muted = undefined;
    const content = this.#text.slice(muted.from, end);
    if (harmless.has(content.trim())) return;
    this.#replace(muted.from, end, xmlEncode(this.#context.write(characterData(content), muted.replace)));
    this.#context.redactions.add(muted.path);
  }

  #isCutAt(end: number): boolean {
    return this.#context.isCut && end === this.#text.length;
  }

  #replace(from: number, to: number, replacement: string): void {
    this.#masked += this.#text.slice(this.#copied, from) + replacement;
    this.#copied = to;
  }

  #path(): string {
    const names = this.#open.slice(0, pathDepthMax).map(({ local }) => this.#context.rules.safeName(local));
    return names.length === 0 ? this.#context.path : `${this.#context.path}.${names.join(".")}`;
  }
}

function withoutCutReference(raw: string): string {
  return raw.replace(/&#?\w{0,64}$/, "");
}

/** What an element says; with further elements inside, its source. */
function characterData(source: string): string {
  let content = "";
  let at = 0;
  for (let piece = nextPiece(source, at); piece !== undefined; piece = nextPiece(source, at)) {
    const inside = source.slice(piece.contentFrom, piece.contentTo);
    if (piece.kind === "cdata") content += inside;
    else if (piece.kind === "text") content += xmlDecode(inside);
    at = piece.to;
  }
  return at < source.length ? source : content;
}
