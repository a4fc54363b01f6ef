import { mask, type KeyNames } from "./key-names.ts";
import type { Redactions } from "./redactions.ts";

/** What a scan needs beside the text. */
export interface ScanContext {
  readonly names: KeyNames;
  readonly redactions: Redactions;
  /** Path of the text itself, e.g. `requestContent`. */
  readonly path: string;
  /** Masks text inside of a string value; called only when it may hold secrets. */
  readonly inner: (text: string, path: string) => string;
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;
const comma = 0x2c;

/** Values that reveal nothing and stay as they are. */
const harmless = new Set(["null", "true", "false", '""']);
/** Deeper keys are masked as well, only their path is no longer spelt out. */
const pathDepthMax = 32;

/**
 * Masks the values of secret keys at any depth, and secrets inside of string values (JSON in a string, URLs, free text).
 * Everything else stays byte for byte, numbers and white space included. It reads tokens rather than documents, so that
 * a text that is cut anywhere, or several documents in a row, are masked just as well.
 */
export function scanJson(text: string, context: ScanContext): string {
  let masked = "";
  let copied = 0;
  const keys: string[] = [];
  let key = "";
  const replace = (from: number, to: number, replacement: string) => {
    masked += text.slice(copied, from) + replacement;
    copied = to;
  };
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === openBrace || code === openBracket) {
      keys.push(code === openBracket ? `${key}[]` : key);
      key = "";
      at++;
    } else if (code === closeBrace || code === closeBracket) {
      keys.pop();
      key = "";
      at++;
    } else if (code !== quote) {
      at++;
    } else {
      const end = stringEnd(text, at);
      const next = skipSpace(text, end);
      if (text.charCodeAt(next) === colon) {
        key = unquote(text.slice(at, end)) ?? "";
        at = next + 1;
        if (context.names.isSecret(key)) {
          const from = skipSpace(text, at);
          at = valueEnd(text, from);
          if (at > from && !harmless.has(text.slice(from, at))) {
            replace(from, at, `"${mask}"`);
            context.redactions.add(pathOf(context.path, keys, key));
          }
        }
      } else {
        const literal = text.slice(at, end);
        const replacement = innerString(literal, context, () => pathOf(context.path, keys, key));
        if (replacement !== undefined) replace(at, end, replacement);
        at = end;
      }
    }
  }
  return copied === 0 ? text : masked + text.slice(copied);
}

/** The literal with its content masked, or undefined when there was nothing to mask. */
function innerString(literal: string, context: ScanContext, path: () => string): string | undefined {
  if (!context.names.mayHoldSecrets(literal)) return undefined;
  const content = unquote(literal);
  if (content === undefined) return undefined;
  const masked = context.inner(content, path());
  return masked === content ? undefined : JSON.stringify(masked);
}

/** Index after the closing quote, or the end of the text where it is cut. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close === -1) return text.length;
    let slashes = 0;
    while (text.charCodeAt(close - 1 - slashes) === backslash && close - 1 - slashes > start) slashes++;
    if (slashes % 2 === 0) return close + 1;
    at = close + 1;
  }
}

/** Index after the value that begins at `start`; nested ones are skipped whole. */
export function valueEnd(text: string, start: number): number {
  const code = text.charCodeAt(start);
  if (code === quote) return stringEnd(text, start);
  if (code === openBrace || code === openBracket) return nestedEnd(text, start);
  let at = start;
  while (at < text.length) {
    const next = text.charCodeAt(at);
    if (next === comma || next === closeBrace || next === closeBracket || next <= 0x20) break;
    at++;
  }
  return at;
}

function nestedEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
      continue;
    }
    at++;
    if (code === openBrace || code === openBracket) depth++;
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return at;
  }
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** The content of a string literal, also of one that is cut; undefined where it is none. */
function unquote(literal: string): string | undefined {
  if (!literal.includes("\\")) return literal.slice(1, literal.length > 1 && literal.endsWith('"') ? -1 : undefined);
  // A cut may fall into an escape: the longest part that still is a string is taken.
  const open = literal.replace(/"$/, "");
  for (const candidate of [literal, `${open}"`, `${open.replace(/\\u?[0-9a-fA-F]{0,3}$/, "")}"`]) {
    try {
      return String(JSON.parse(candidate));
    } catch {
      // The next candidate is shorter.
    }
  }
  return loosely(open.slice(1));
}

/** For strings with escapes that JSON does not know: what can be read is read. */
function loosely(content: string): string {
  return content.replaceAll(/\\u([0-9a-fA-F]{4})|\\(.)/gs, (_, hex: string | undefined, char: string) =>
    hex === undefined ? char : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function pathOf(root: string, keys: readonly string[], key: string): string {
  const inside = [...keys.slice(0, pathDepthMax), key].filter((part) => part !== "").join(".");
  if (inside === "") return root;
  return inside.startsWith("[") ? `${root}${inside}` : `${root}.${inside}`;
}
