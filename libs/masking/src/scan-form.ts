import { formDecode, percentEncode } from "./decode.ts";
import type { KeyNames } from "./key-names.ts";
import type { ScanContext } from "./scan-context.ts";

/** True for what browsers and `encodeURIComponent` (which leaves apostrophes) send as a form: names, `=`, `&` and percent-encoding. */
export function isForm(text: string, isCut = false): boolean {
  return /^[^\s"<>{}\\]*$/.test(text) && !/%(?![0-9a-fA-F]{2})/.test(isCut ? text.replace(/%[0-9a-fA-F]?$/, "") : text);
}

/**
 * Masks the values of secret names in `a=1&b=2` (form bodies, query strings, fragments), percent-decoded. A name or value
 * that itself holds secrets (JSON, a URL, a number of a person) is masked inside. Everything else stays as it is.
 */
export function scanForm(text: string, context: ScanContext, names: KeyNames): string {
  let masked = "";
  let copied = 0;
  let at = 0;
  while (at <= text.length) {
    const end = pairEnd(text, at);
    if (end > at) {
      const pair = text.slice(at, end);
      const replacement = maskPair(pair, context, names, context.isCut && end === text.length);
      if (replacement !== pair) {
        masked += text.slice(copied, at) + replacement;
        copied = end;
      }
    }
    at = end + 1;
  }
  return copied === 0 ? text : masked + text.slice(copied);
}

function maskPair(pair: string, context: ScanContext, names: KeyNames, isCut: boolean): string {
  const equals = pair.indexOf("=");
  if (equals === -1) return maskPart(pair, context, context.path, isCut);
  const encodedName = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  const name = formDecode(encodedName);
  const head = `${maskPart(encodedName, context, context.path, false)}=`;
  if (value === "") return head;
  const replace = names.find(name);
  if (replace === undefined) return head + maskPart(value, context, context.pathTo(name), isCut);
  context.redactions.add(context.pathTo(name));
  return head + percentEncode(context.write(formDecode(value), replace));
}

/** Decoded, masked inside, and encoded again; as it was where there is nothing to mask. */
function maskPart(encoded: string, context: ScanContext, path: string, isCut: boolean): string {
  const content = formDecode(isCut ? encoded.replace(/%[0-9a-fA-F]?$/, "") : encoded);
  if (!isCut && !context.rules.mayHold(content)) return encoded;
  const masked = context.inner(content, path, isCut);
  return masked === content ? encoded : percentEncode(masked);
}

/** `;` separates pairs as well, as some servers read it. */
function pairEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x26 || code === 0x3b) return at;
  }
  return text.length;
}
