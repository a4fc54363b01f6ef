const quote = 0x22;
const apostrophe = 0x27;
const backslash = 0x5c;

/** Index of the closing quote of the string that begins at `start`; -1 where it has none. */
export function closingQuote(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close === -1) return -1;
    let slashes = 0;
    while (text.charCodeAt(close - 1 - slashes) === backslash && close - 1 - slashes > start) slashes++;
    if (slashes % 2 === 0) return close;
    at = close + 1;
  }
}

/** Index after the closing quote, or the end of the text where there is none. */
export function stringEnd(text: string, start: number): number {
  const close = closingQuote(text, start);
  return close === -1 ? text.length : close + 1;
}

/** Index after a value without quotes, whatever it is; single quotes hold what is between them. */
export function bareEnd(text: string, start: number): number {
  if (text.charCodeAt(start) === apostrophe) {
    const close = text.indexOf("'", start + 1);
    return close === -1 ? text.length : close + 1;
  }
  let at = start;
  while (at < text.length && !isDelimiter(text.charCodeAt(at))) at++;
  return at;
}

/** Index after a number, `true`, or what else stands between two signs of JSON. */
export function literalEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && !isSign(text.charCodeAt(at))) at++;
  return at;
}

/** Index after the value that begins at `start`; nested ones are skipped whole. */
export function valueEnd(text: string, start: number): number {
  const first = text.charAt(start);
  if (first === '"') return stringEnd(text, start);
  if (first !== "{" && first !== "[") return bareEnd(text, start);
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '"') {
      at = stringEnd(text, at);
      continue;
    }
    at++;
    if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return at;
  }
  return at;
}

export function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** The content of the string literal from `start` to `end`; `isClosed`: with its closing quote. */
export function unquote(text: string, start: number, end: number, isClosed: boolean): string {
  const content = text.slice(start + 1, isClosed ? end - 1 : end);
  return content.includes("\\") ? unescape(content) : content;
}

const controls: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** As JSON reads it; escapes that JSON does not know stand for their character, and one that is cut off is left out. */
function unescape(content: string): string {
  return content
    .replace(/(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?$/, "$1")
    .replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, char: string) =>
      hex === undefined ? (controls[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
    );
}

/** Comma, closing brackets, white space. */
function isDelimiter(code: number): boolean {
  return code === 0x2c || code === 0x7d || code === 0x5d || code <= 0x20;
}

/** The same, and opening brackets, quote, colon. */
function isSign(code: number): boolean {
  return isDelimiter(code) || code === 0x7b || code === 0x5b || code === quote || code === 0x3a;
}
