import { mask } from "./key-names.ts";
import { valueEnd, type ScanContext } from "./scan-json.ts";

/** How far back from `=` or `:` a name is looked for. */
const nameCharsMax = 128;
const nameChar = /[\w.\-%[\]\u00C0-\uFFFF]/;
const separators = /[=:\uFF1A]/g;
/** Where a value without quotes ends. */
const bareEnd = /[\s,;&"'<>\\)}\]|]/g;
const authenticationScheme = /^(?:bearer|basic|digest|negotiate|ntlm|token|apikey|hmac)\b/i;
const wholeLine = /authorization|cookie/i;

/**
 * Masks text of any kind by patterns: `name=value`, `name: value`, quoted or not, XML elements and attributes, bearer
 * tokens, JSON Web Tokens, passwords in URLs. Linear in the length of the text.
 */
export function scanText(text: string, context: ScanContext): string {
  return maskTokens(maskPairs(maskElements(text, context), context), context);
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
    if (tag.endsWith("/>") || !context.names.isSecret(local)) continue;
    const from = match.index + tag.length;
    const close = text.indexOf(`</${name}`, from);
    const to = close === -1 ? text.length : close;
    if (to > from && text.slice(from, to) !== mask) {
      masked += text.slice(copied, from) + mask;
      copied = to;
      context.redactions.add(`${context.path}.${local}`);
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
    const name = nameBefore(text, match.index, copied);
    if (name === "" || !context.names.isSecret(decoded(name))) continue;
    const resume = separators.lastIndex;
    const { from, to } = valueAfter(text, match.index + 1, name);
    separators.lastIndex = Math.max(resume, to);
    if (to <= from || isHarmless(text.slice(from, to))) continue;
    masked += text.slice(copied, from) + mask;
    copied = to;
    context.redactions.add(`${context.path}.${name}`);
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

function isHarmless(value: string): boolean {
  return value === mask || value === "null" || value === "true" || value === "false";
}

function decoded(name: string): string {
  return name.includes("%")
    ? name.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : name;
}

/** Secrets that are known by their own form, wherever they stand. */
function maskTokens(text: string, context: ScanContext): string {
  const found = (kind: string, replacement: string) => {
    context.redactions.add(`${context.path}.${kind}`);
    return replacement;
  };
  return text
    .replaceAll(/\bBearer\s{1,8}[\w.~+/=-]{8,}/gi, () => found("bearer", `Bearer ${mask}`))
    .replaceAll(/(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, () => found("jwt", mask))
    .replaceAll(/:\/\/[^\s/?#@"'<>]{1,512}@/g, (userInfo) => (userInfo.includes(":", 3) ? found("userinfo", `://${mask}@`) : userInfo));
}
