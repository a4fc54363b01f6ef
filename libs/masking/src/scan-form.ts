import { mask, type KeyNames } from "./key-names.ts";
import type { ScanContext } from "./scan-json.ts";

/**
 * Masks the values of secret names in `a=1&b=2` (form bodies, query strings, fragments), names percent-decoded.
 * A value that itself holds secrets (JSON, a URL) is masked inside. Everything else stays as it is.
 */
export function scanForm(text: string, context: ScanContext): string {
  let masked = "";
  let copied = 0;
  let at = 0;
  while (at <= text.length) {
    const end = pairEnd(text, at);
    const equals = text.indexOf("=", at);
    if (equals !== -1 && equals < end && equals + 1 < end) {
      const replacement = pair(text.slice(at, equals), text.slice(equals + 1, end), context);
      if (replacement !== undefined) {
        masked += text.slice(copied, equals + 1) + replacement;
        copied = end;
      }
    }
    at = end + 1;
  }
  return copied === 0 ? text : masked + text.slice(copied);
}

/** True when the name of a query or form pair is secret, however it is percent-encoded. */
export function isSecretName(names: KeyNames, encoded: string): boolean {
  return names.isSecret(decode(encoded));
}

function pair(encodedName: string, value: string, context: ScanContext): string | undefined {
  const name = decode(encodedName);
  if (context.names.isSecret(name)) {
    context.redactions.add(`${context.path}.${name}`);
    return mask;
  }
  const content = decode(value);
  if (!context.names.mayHoldSecrets(content)) return undefined;
  const inner = context.inner(content, `${context.path}.${name}`);
  return inner === content ? undefined : encodeURIComponent(inner);
}

/** `;` separates pairs as well, as some servers read it. */
function pairEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x26 || code === 0x3b) return at;
  }
  return text.length;
}

/** Percent-decodes what can be decoded: a broken sequence must not hide the rest. */
function decode(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
