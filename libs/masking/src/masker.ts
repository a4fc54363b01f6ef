import { createKeyNames, mask, type KeyNames } from "./key-names.ts";
import type { Redactions } from "./redactions.ts";
import { scanForm } from "./scan-form.ts";
import { scanJson, type ScanContext } from "./scan-json.ts";
import { scanText } from "./scan-text.ts";

/** What may be added to the default rules. */
export interface MaskerOptions {
  /** Further header names whose values are masked. */
  readonly headers?: readonly string[];
  /** Further names of parameters, JSON keys, form fields and XML elements. */
  readonly keys?: readonly string[];
}

/** How the text of a body is read; whatever it claims to be, what does not fit is masked as text. */
export type TextKind = "json" | "form" | "other";

/**
 * Keeps secrets off the disk. Pure: same input, same output; input is never changed.
 *
 * **Guarantee**: what a rule names is masked in complete, cut and malformed text alike. Secrets that no rule names (a
 * password alone on a line) are not found.
 */
export interface Masker {
  /** True when the value of this header is masked. */
  isSecretHeader(name: string): boolean;
  /** The value to store for one header. */
  header(name: string, value: string, redactions: Redactions, path: string): string;
  /** A query string without `?`. */
  query(query: string, redactions: Redactions, path: string): string;
  /** A whole or relative URL: user info, path parameters, query and fragment. */
  url(url: string, redactions: Redactions, path: string): string;
  /** A body, decoded. */
  body(text: string, kind: TextKind, redactions: Redactions, path: string): string;
  /** Text of unknown form, e.g. an error message. */
  text(text: string, redactions: Redactions, path: string): string;
}

/** Headers that carry credentials; names with a secret word in them (`X-Auth-Token`) are masked besides. */
export const secretHeaders = [
  "authorization",
  "proxy-authorization",
  "authentication-info",
  "cookie",
  "cookie2",
  "set-cookie",
  "set-cookie2",
  "x-api-key",
  "api-key",
  "x-amz-security-token",
  "x-auth",
  "x-session",
] as const;

/** Headers whose value is an authority: what stands before an `@` in it is a user and a password. */
const authorityHeaders: ReadonlySet<string> = new Set(["host", "x-forwarded-host"]);

/** JSON in a string in JSON in a string …: deeper than this, only patterns are looked for. */
const nestingMax = 4;

/** A masker with the default rules and the given additions. */
export function createMasker(options: MaskerOptions = {}): Masker {
  const names = createKeyNames(options.keys);
  const headers = new Set<string>([...secretHeaders, ...(options.headers ?? [])].map((name) => name.toLowerCase()));
  const isSecretHeader = (name: string) => headers.has(name.toLowerCase()) || names.isSecret(name);
  const any = (text: string, redactions: Redactions, path: string) =>
    names.mayHoldSecrets(text) ? maskAny(text, scanContext(names, redactions, path, 0)) : text;
  return {
    isSecretHeader,
    header: (name, value, redactions, path) => {
      if (!isSecretHeader(name)) return any(maskUserInfo(name, value, redactions, path), redactions, path);
      if (value === "") return value;
      redactions.add(path);
      return mask;
    },
    query: (query, redactions, path) => maskQuery(query, scanContext(names, redactions, path, 0)),
    url: (url, redactions, path) => maskUrl(url, scanContext(names, redactions, path, 0)),
    body: (text, kind, redactions, path) => {
      const context = scanContext(names, redactions, path, 0);
      if (kind === "form" && isForm(text)) return scanForm(text, context);
      return names.mayHoldSecrets(text) ? maskAny(text, context) : text;
    },
    text: any,
  };
}

function scanContext(names: KeyNames, redactions: Redactions, path: string, depth: number): ScanContext {
  const inner = (text: string, innerPath: string) => {
    const context = scanContext(names, redactions, innerPath, depth + 1);
    return depth < nestingMax ? maskAny(text, context) : scanText(text, context);
  };
  return { names, redactions, path, inner };
}

function maskUserInfo(name: string, value: string, redactions: Redactions, path: string): string {
  const at = value.lastIndexOf("@");
  if (at === -1 || !authorityHeaders.has(name.toLowerCase())) return value;
  redactions.add(path);
  return mask + value.slice(at);
}

/** JSON by its structure; whatever is not well-formed JSON also by patterns. */
function maskAny(text: string, context: ScanContext): string {
  if (!/^\s*[[{"]/.test(text)) return scanText(text, context);
  const masked = scanJson(text, context);
  return isJson(text) ? masked : scanText(masked, context);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What a browser sends as a form: names, `=`, `&` and percent-encoding, nothing else. */
function isForm(text: string): boolean {
  return /^[^\s"'<>{}\\]*$/.test(text);
}

/** A query is a form; one that is none (raw JSON, quotes) is also read as text. */
function maskQuery(query: string, context: ScanContext): string {
  const masked = scanForm(query, context);
  return isForm(query) || !context.names.mayHoldSecrets(query) ? masked : scanText(masked, context);
}

function maskUrl(url: string, context: ScanContext): string {
  const cut = url.search(/[?#]/);
  const place = cut === -1 ? url : url.slice(0, cut);
  const head = context.names.mayHoldSecrets(place) ? scanText(place, context) : place;
  if (cut === -1) return head;
  const rest = url.slice(cut).split(/(?=[?#])/);
  return head + rest.map((part) => part.charAt(0) + maskQuery(part.slice(1), context)).join("");
}
