import { percentDecode, percentEncode } from "./decode.ts";
import { valueEnd } from "./json-tokens.ts";
import { mask } from "./modes.ts";
import type { ScanContext } from "./scan-context.ts";
import { maskTokens } from "./tokens.ts";

/** How far back from `=` or `:` a name is looked for. */
const nameCharsMax = 128;
const nameChar = /[\w.\-%[\]\u00C0-\uFEFF]/;
/** `=`, `:` and the colon of Chinese text. */
const separators = /[=:\uFF1A]/g;
/** Where a value without quotes ends. In the middle of a word `'` and `)` belong to it, for `encodeURIComponent` leaves them. */
const bareEnd = /[\s,;&"<>\\}\]|\uFF0C\uFF1B\u3002\u3001]|[')](?![A-Za-z0-9])/g;
const authenticationScheme = /^(?:bearer|basic|digest|negotiate|ntlm|token|apikey|hmac)\b/i;
const wholeLine = /authorization|cookie/i;
/** What may be one percent-encoded value; in the middle of a word or before it, `'`, `(` and `)` belong to it. */
const encodedWord = /[^\s"'<>&=?#;,/:()[\]{}\\]+/g;
const joining = /['()]/;
const joined = /[A-Za-z0-9%]/;

/**
 * Masks text of any kind by patterns: `name=value`, `name: value`, quoted or not, XML elements and attributes, and what
 * is known by its own form, percent-encoded too. Linear in the length of the text.
 */
export function scanText(text: string, context: ScanContext): string {
  return maskTokens(maskEncoded(maskPairs(maskElements(text, context), context), context), context);
}

/** `<wsse:Password Type="…">value</wsse:Password>`: up to the closing tag, or the end where the text is cut. */
function maskElements(text: string, context: ScanContext): string {
  if (!text.includes("<")) return text;
  let masked = "";
  let copied = 0;
  const open = /<([\w:.\-\u00C0-\uFFFF]{1,256})(?:\s[^<>]*)?>/g;
  for (let match = open.exec(text); match !== null; match = open.exec(text)) {
    const [tag, name = ""] = match;
    const local = name.slice(name.indexOf(":") + 1);
    const replace = tag.endsWith("/>") ? undefined : context.rules.keys.find(local);
    if (replace === undefined) continue;
    const from = match.index + tag.length;
    const close = text.indexOf(`</${name}`, from);
    const to = close === -1 ? text.length : close;
    const value = text.slice(from, to);
    if (to > from && !isHarmless(value, context)) {
      masked += text.slice(copied, from) + context.write(value, replace);
      copied = to;
      context.redactions.add(context.pathTo(local));
    }
    open.lastIndex = to;
  }
  return copied === 0 ? text : masked + text.slice(copied);
}

/** Every `=` and `:` is looked at, the name before it judged, the value behind it replaced. */
function maskPairs(text: string, context: ScanContext): string {
  let masked = "";
  let copied = 0;
  separators.lastIndex = 0;
  for (let match = separators.exec(text); match !== null; match = separators.exec(text)) {
    const name = percentDecode(nameBefore(text, match.index, copied));
    const replace = name === "" ? undefined : context.rules.keys.find(name);
    if (replace === undefined) continue;
    const resume = separators.lastIndex;
    const { from, to } = valueAfter(text, match.index + 1, name);
    separators.lastIndex = Math.max(resume, to);
    if (to <= from || isHarmless(text.slice(from, to), context)) continue;
    masked += text.slice(copied, from) + context.write(percentDecode(text.slice(from, to)), replace);
    copied = to;
    context.redactions.add(context.pathTo(name));
  }
  return copied === 0 ? text : masked + text.slice(copied);
}

/** The name that ends before `separator`, past quotes, escapes and a few spaces; "" where there is none. */
function nameBefore(text: string, separator: number, floor: number): string {
  let end = separator;
  const wrapping = Math.max(floor, separator - 16);
  while (end > wrapping && isWrapping(text.charCodeAt(end - 1))) end--;
  let start = end;
  const farthest = Math.max(floor, end - nameCharsMax);
  while (start > farthest && nameChar.test(text.charAt(start - 1))) start--;
  return text.slice(start, end);
}

/** Space, tab, quotes, backslash. */
function isWrapping(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x22 || code === 0x27 || code === 0x5c;
}

function valueAfter(text: string, start: number, name: string): { from: number; to: number } {
  let from = start;
  // `=>`, `:=`, `==` and spaces.
  while (from < text.length && (isBlank(text.charCodeAt(from)) || text.charAt(from) === ">" || text.charAt(from) === "=")) from++;
  const opening = /^(\\*)(["'])/.exec(text.slice(from, from + 16));
  if (opening !== null) {
    const [prefix] = opening;
    const inner = from + prefix.length;
    return { from: inner, to: closingQuote(text, inner, prefix) };
  }
  const first = text.charAt(from);
  if (first === "{" || first === "[") return { from, to: valueEnd(text, from) };
  if (wholeLine.test(name)) return { from, to: endAt(text, from, /[\r\n"'<>\\]/g) };
  const end = endAt(text, from, bareEnd);
  if (!authenticationScheme.test(text.slice(from, end))) return { from, to: end };
  return { from, to: endAt(text, skipBlanks(text, end), bareEnd) };
}

/** The closing quote of the same escape depth (`\"…\"` in JSON within a string). */
function closingQuote(text: string, start: number, prefix: string): number {
  if (prefix.length > 1) {
    const close = text.indexOf(prefix, start);
    return close === -1 ? text.length : close;
  }
  for (let at = start; at < text.length; at++) {
    if (text.charAt(at) === "\\") at++;
    else if (text.charAt(at) === prefix) return at;
  }
  return text.length;
}

function endAt(text: string, start: number, pattern: RegExp): number {
  pattern.lastIndex = start;
  return pattern.exec(text)?.index ?? text.length;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function isHarmless(value: string, context: ScanContext): boolean {
  return value === mask || value === "null" || value === "true" || value === "false" || context.isReplacement(value);
}

/** `mail=a%40b.cn`: each run with escapes in it is decoded and looked at. */
function maskEncoded(text: string, context: ScanContext): string {
  if (!/%[0-9a-fA-F]{2}/.test(text)) return text;
  let masked = "";
  let copied = 0;
  encodedWord.lastIndex = 0;
  for (let word = encodedWord.exec(text); word !== null; word = encodedWord.exec(text)) {
    const from = word.index > copied && isJoined(text, word.index - 1) ? word.index - 1 : word.index;
    const to = runEnd(text, encodedWord.lastIndex);
    const run = text.slice(from, to);
    const replacement = maskRun(run, context);
    if (replacement !== run) {
      masked += text.slice(copied, from) + replacement;
      copied = to;
    }
    encodedWord.lastIndex = to;
  }
  return copied === 0 ? text : masked + text.slice(copied);
}

function maskRun(run: string, context: ScanContext): string {
  const content = percentDecode(run);
  if (content === run || !context.rules.mayHold(content)) return run;
  const masked = context.inner(content, context.path);
  return masked === content ? run : percentEncode(masked);
}

/** Where the words end that are joined to the one that ends at `to`. A loop, for one expression of it would keep each character on the engine's stack. */
function runEnd(text: string, to: number): number {
  let end = to;
  while (end < text.length && isJoined(text, end)) {
    encodedWord.lastIndex = end + 1;
    encodedWord.exec(text);
    end = encodedWord.lastIndex;
  }
  return end;
}

function isJoined(text: string, at: number): boolean {
  return joining.test(text.charAt(at)) && joined.test(text.charAt(at + 1));
}
