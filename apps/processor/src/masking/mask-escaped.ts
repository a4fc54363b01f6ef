import { Buffer } from "node:buffer";
import { readEscapedPairs } from "@gatelog/log-record";

const escaped = /\\x[0-9A-Fa-f]{2}/;
const escapedRuns = /(?:\\x[0-9A-Fa-f]{2})+/g;
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u001F]/g;

/**
 * Masks a line in nginx's escaping, in which `\x22` hides every quote: what it says is masked, and where that changes something, the line becomes what it
 * says: JSON, or text.
 *
 * **Shape**: `{"a":"{\x22pin\x22:\x221\x22}"}` becomes `{"a":"{\"pin\":\"***\"}"}`; undefined for a line that is not of this form.
 */
export function maskEscaped(line: string, mask: (plain: string) => string): string | undefined {
  if (!escaped.test(line) || isJson(line)) return undefined;
  const pairs = readEscapedPairs(line)?.pairs;
  const plain = pairs === undefined ? decode(line) : JSON.stringify(pairs);
  const masked = mask(plain);
  if (masked === plain) return line;
  // A line stays one line.
  return pairs === undefined ? masked.replaceAll(controls, encode) : masked;
}

function decode(line: string): string {
  return line.replaceAll(escapedRuns, (run) => Buffer.from(run.replaceAll("\\x", ""), "hex").toString("utf8"));
}

function encode(control: string): string {
  return `\\x${control.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
