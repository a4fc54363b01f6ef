const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

const numbers = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Longer ones are not looked at. */
const numberCharsMax = 256;
/** Longer than any name of a path, were it written in escapes. */
const nameCharsMax = 4096;

/** Index of the first character from `start` on that is no white space. */
export function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** Index behind the closing quote of the string that begins at `start`; -1 where the text ends before. */
export function stringEnd(text: string, start: number): number {
  let from = start + 1;
  for (;;) {
    const close = text.indexOf('"', from);
    if (close === -1) return -1;
    let slashes = 0;
    while (close - 1 - slashes >= from && text.charCodeAt(close - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return close + 1;
    from = close + 1;
  }
}

/** Index behind the bracket that closes the `depth` innermost of the open ones; -1 where the text ends before. */
export function containersEnd(text: string, start: number, depth: number): number {
  let open = depth;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
      if (at === -1) return -1;
      continue;
    }
    at++;
    if (code === openBrace || code === openBracket) open++;
    else if ((code === closeBrace || code === closeBracket) && --open === 0) return at;
  }
  return -1;
}

/** Index behind a number or word; -1 where the text ends before it is certain that it is whole. */
export function wordEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === comma || code === closeBrace || code === closeBracket || code <= 0x20) return at;
  }
  return -1;
}

/** True for a number, `true` and `false` as JSON writes them. */
export function isPlainScalar(word: string): boolean {
  return word === "true" || word === "false" || (word.length <= numberCharsMax && numbers.test(word));
}

/** The name of a member as it stands between its quotes; undefined where no path can mean it. */
export function nameText(text: string, from: number, to: number): string | undefined {
  if (to - from > nameCharsMax) return undefined;
  const name = text.slice(from, to);
  return name.includes("\\") ? unescaped(name) : name;
}

/**
 * The beginning of what a string literal holds: at most `charsMax` characters after white space.
 *
 * @param from index behind the opening quote
 * @param to index of the closing quote
 * @returns undefined where an escape is none that JSON knows
 */
export function stringText(text: string, from: number, to: number, charsMax: number): string | undefined {
  const start = Math.min(skipSpace(text, from), to);
  let chars = 0;
  let at = start;
  let hasEscape = false;
  for (; at < to && chars < charsMax; chars++) {
    const isEscape = text.charCodeAt(at) === backslash;
    hasEscape ||= isEscape;
    at += isEscape ? (text.charAt(at + 1) === "u" ? 6 : 2) : 1;
  }
  const kept = text.slice(start, Math.min(at, to));
  return hasEscape ? unescaped(kept) : kept;
}

function unescaped(content: string): string | undefined {
  try {
    return String(JSON.parse(`"${content}"`));
  } catch {
    return undefined;
  }
}
