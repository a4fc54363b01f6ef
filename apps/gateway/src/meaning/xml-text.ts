const references = /&(?:#(\d{1,8})|#[xX]([0-9a-fA-F]{1,8})|(amp|lt|gt|quot|apos));/g;
/** Longest way to write one character: `&#x0010FFFF;`. */
const referenceCharsMax = 12;
const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const slash = 0x2f;
const greater = 0x3e;
const equals = 0x3d;
const doubleQuote = 0x22;
const singleQuote = 0x27;
const colon = 0x3a;

/**
 * The beginning of a text with its references decoded: the five of XML and numbers, nothing else is expanded.
 *
 * @param charsMax how much is wanted; a little more may come
 */
export function xmlText(text: string, from: number, to: number, charsMax: number): string {
  const kept = text.slice(from, Math.min(to, from + charsMax * referenceCharsMax));
  if (!kept.includes("&")) return kept.slice(0, charsMax);
  return kept.replaceAll(references, (reference, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return named[name] ?? reference;
    const code = Number.parseInt(decimal ?? hex ?? "", decimal === undefined ? 16 : 10);
    return isCharacter(code) ? String.fromCodePoint(code) : reference;
  });
}

function isCharacter(code: number): boolean {
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return code > 0 && code <= 0x10_ffff && !isSurrogate;
}

/** Index of the `>` that ends the tag, those in quotes aside; -1 where the text ends before. */
export function tagEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === greater) return at;
    if (code === doubleQuote || code === singleQuote) {
      at = text.indexOf(code === doubleQuote ? '"' : "'", at + 1);
      if (at === -1) return -1;
    }
  }
  return -1;
}

/** Index behind the name that begins at `start`. */
export function nameEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && isNameCode(text.charCodeAt(at))) at++;
  return at;
}

function isNameCode(code: number): boolean {
  return code > 0x20 && code !== slash && code !== greater && code !== equals && code !== doubleQuote && code !== singleQuote;
}

/** True for what a name may begin with: `<5` is text. */
export function isNameStart(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f || code >= 0x80;
}

/** True when the name between the indexes is this one, its prefix aside. */
export function isLocalName(text: string, from: number, to: number, name: string): boolean {
  const localFrom = to - name.length;
  if (localFrom < from || !text.startsWith(name, localFrom)) return false;
  return localFrom === from || text.charCodeAt(localFrom - 1) === colon;
}

/** The name between the indexes without its prefix. */
export function localName(text: string, from: number, to: number): string {
  const name = text.slice(from, to);
  return name.slice(name.indexOf(":") + 1);
}

/** An attribute of a tag. */
export interface Attribute {
  readonly name: { readonly from: number; readonly to: number };
  readonly value: { readonly from: number; readonly to: number };
}

/** Calls back for every attribute with a value in quotes between the name of a tag and its end. */
export function eachAttribute(text: string, from: number, to: number, onAttribute: (attribute: Attribute) => void): void {
  let at = from;
  while (at < to) {
    const code = text.charCodeAt(at);
    if (!isNameCode(code)) {
      at = code === doubleQuote || code === singleQuote ? quotedEnd(text, at, to) : at + 1;
      continue;
    }
    const name = { from: at, to: nameEnd(text, at) };
    at = skipSpaces(text, name.to, to);
    if (text.charCodeAt(at) !== equals) continue;
    at = skipSpaces(text, at + 1, to);
    const opening = text.charCodeAt(at);
    if (opening !== doubleQuote && opening !== singleQuote) continue;
    const end = quotedEnd(text, at, to);
    onAttribute({ name, value: { from: at + 1, to: end - 1 } });
    at = end;
  }
}

/** Index behind the closing quote. */
function quotedEnd(text: string, start: number, to: number): number {
  const close = text.indexOf(text.charAt(start), start + 1);
  return close === -1 ? to : Math.min(close + 1, to);
}

function skipSpaces(text: string, start: number, to: number): number {
  let at = start;
  while (at < to && text.charCodeAt(at) <= 0x20) at++;
  return at;
}
