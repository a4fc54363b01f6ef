import { type BodyForm, type Masker, Redactions, type TextKind } from "@gatelog/masking";
import { isTooDeep } from "../nesting.ts";
import { isPlainObject } from "../plain-object.ts";
import { topLevelValues, type TopLevelValue } from "./top-level.ts";

/** What a field of a record is, for each of which masking has rules of its own. */
type Kind = "url" | "path" | "query" | "headers" | "body";

const kindOf: ReadonlyMap<string, Kind> = new Map([
  ["requestURL", "url"],
  ["url", "url"],
  ["referer", "url"],
  // Of the original: the request's path and query.
  ["method", "url"],
  ["path", "path"],
  ["query", "query"],
  ["requestHeaders", "headers"],
  ["responseHeaders", "headers"],
  ["requestContent", "body"],
  ["responseContent", "body"],
]);

/** No record without one of them has anything to look at. */
const anyName = /"(?:requestURL|url|referer|path|query|(?:request|response)(?:Headers|Content))"/;

/**
 * Masks the fields of a line that is a record by the rules for headers, URLs and bodies, behind what was masked in the line as text.
 *
 * **Guarantee**: what is not masked stays byte for byte.
 */
export class RecordFields {
  readonly #masker: Masker;

  constructor(masker: Masker) {
    this.#masker = masker;
  }

  mask(line: string): string {
    if (!anyName.test(line)) return line;
    const values = topLevelValues(line);
    if (values === undefined) return line;
    let masked = "";
    let copied = 0;
    for (const { key, from, to } of values) {
      const kind = kindOf.get(key);
      const json = kind === undefined ? undefined : this.#value(line, { key, from, to }, kind, values);
      if (json === undefined) continue;
      masked += line.slice(copied, from) + json;
      copied = to;
    }
    return copied === 0 ? line : masked + line.slice(copied);
  }

  /** The value's JSON text anew; undefined where it stays. */
  #value(line: string, { key, from, to }: TopLevelValue, kind: Kind, values: readonly TopLevelValue[]): string | undefined {
    const value = parse(line.slice(from, to));
    if (kind === "headers") return isPlainObject(value) ? this.#headers(key, value) : undefined;
    if (typeof value !== "string" || value === "" || value === "-") return undefined;
    const redactions = new Redactions();
    let masked: string;
    if (kind === "body") masked = this.#masker.body(value, this.#form(line, key, values, value), redactions, key) ?? "";
    else masked = this.#masker[kind](value, redactions, key);
    return masked === value ? undefined : JSON.stringify(masked);
  }

  #headers(key: string, headers: Record<string, unknown>): string | undefined {
    // They could not be written again.
    if (isTooDeep(headers)) return '"(omitted: nested too deeply)"';
    let isChanged = false;
    const entries = Object.entries(headers).flatMap(([name, value]): [string, unknown][] => {
      const masked = Array.isArray(value) ? this.#list(name, value, key) : this.#header(name, value, key);
      isChanged ||= masked !== value;
      return masked === undefined ? [] : [[name, masked]];
    });
    // Of entries, `__proto__` is a key like any other.
    return isChanged ? JSON.stringify(Object.fromEntries(entries)) : undefined;
  }

  #list(name: string, values: readonly unknown[], key: string): unknown {
    const masked = values.map((value) => this.#header(name, value, key)).filter((value) => value !== undefined);
    return masked.length === values.length && masked.every((value, index) => value === values[index]) ? values : masked;
  }

  #header(name: string, value: unknown, key: string): unknown {
    return typeof value === "string" ? this.#masker.header(name, value, new Redactions(), `${key}.${name}`) : value;
  }

  #form(line: string, key: string, values: readonly TopLevelValue[], text: string): BodyForm {
    const side = key === "requestContent" ? "request" : "response";
    const of = (name: string) => {
      const place = values.find((value) => value.key === name);
      return place === undefined ? undefined : parse(line.slice(place.from, place.to));
    };
    const type = contentType(of(`${side}Headers`));
    const isCut = of(`${side}Truncated`) === true;
    if (type !== undefined) return { kind: kindOfType(type), isCut };
    return { kind: this.#masker.isStrict ? "unknown" : likelyKind(text), isCut };
  }
}

function contentType(headers: unknown): string | undefined {
  if (!isPlainObject(headers)) return undefined;
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type") ?? [];
  return typeof value === "string" ? value.toLowerCase() : undefined;
}

function kindOfType(type: string): TextKind {
  if (/json/.test(type)) return "json";
  if (/[/+]xml/.test(type)) return "xml";
  if (type.startsWith("application/x-www-form-urlencoded")) return "form";
  return type.startsWith("text/") ? "text" : "unknown";
}

/** The original says of no body what it is. */
function likelyKind(text: string): TextKind {
  if (/^\s*[[{]/.test(text)) return "json";
  if (/^\s*</.test(text)) return "xml";
  return /^[^\s=&<>{}"]+=[^\s<>{}"]*$/.test(text) ? "form" : "text";
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
