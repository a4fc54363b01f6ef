import { isUtf8 } from "node:buffer";

/** One `"key":"value"`: nginx writes `"` and `\` as \x22 and \x5C, so that a value never holds a quote. */
const pair = /"([^"\\]+)"\s*:\s*"([^"]*)"\s*([,}])\s*/y;
const escapes = /(?:\\x[0-9A-Fa-f]{2})+/g;

/** What a line in nginx's escaping says. */
export interface EscapedPairs {
  readonly pairs: Readonly<Record<string, string>>;
  /** Some escaped bytes were not UTF-8 and became U+FFFD. */
  readonly hasBadBytes: boolean;
}

/**
 * The pairs of a line that nginx wrote in its default escaping: `"`, `\`, control characters and (unless told otherwise) all bytes above
 * 126 as `\xHH`. Such a line is no JSON.
 *
 * **Shape**: `{"requestContent":"{\x22a\x22:\x22\xE6\x97\xA5\x22}"}` gives `{ requestContent: '{"a":"日"}' }`; undefined when the line is not of this form.
 */
export function readEscapedPairs(line: string): EscapedPairs | undefined {
  const text = line.trim();
  if (!text.startsWith("{")) return undefined;
  const pairs = Object.create(null) as Record<string, string>;
  let hasBadBytes = false;
  pair.lastIndex = 1;
  for (;;) {
    const match = pair.exec(text);
    if (match === null) return undefined;
    const [whole, key, value, end] = match;
    pairs[key!] = value!.replace(escapes, (run) => {
      const bytes = Buffer.from(run.replaceAll("\\x", ""), "hex");
      hasBadBytes ||= !isUtf8(bytes);
      return bytes.toString("utf8");
    });
    if (end === "}") return match.index + whole.length === text.length ? { pairs, hasBadBytes } : undefined;
  }
}
