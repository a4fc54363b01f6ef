import { CleanTexts } from "./clean-texts.ts";
import { maskAny, maskBody, type BodyForm, type TextPlace } from "./mask-body.ts";
import { mask } from "./modes.ts";
import type { MaskerOptions } from "./options.ts";
import type { Redactions } from "./redactions.ts";
import { compileRules, type Rules } from "./rules.ts";
import { ScanContext } from "./scan-context.ts";
import { maskPath, maskQuery, maskUrl } from "./mask-url.ts";

/**
 * Keeps secrets off the disk. Pure: same input, same output; input is never changed, and returned as it is (the same
 * string) where there is nothing to mask.
 *
 * **Guarantee**: what a rule names is masked in complete, cut and malformed text alike. Secrets that no rule names (a
 * password alone on a line) are not found. Never throws.
 */
export interface Masker {
  /** What cannot be read, and so not be masked, must not be kept. */
  readonly isStrict: boolean;
  /** True when the value of this header is masked or removed. */
  isSecretHeader(name: string): boolean;
  /** The value to store for one header; undefined: the header is removed. */
  header(name: string, value: string, redactions: Redactions, path: string): string | undefined;
  /** A query string without `?`. */
  query(query: string, redactions: Redactions, path: string): string;
  /** The path of a URL. */
  path(path: string, redactions: Redactions, recordPath: string): string;
  /** A whole or relative URL: user info, path, query and fragment. */
  url(url: string, redactions: Redactions, path: string): string;
  /** A body, decoded; undefined: it is omitted. */
  body(text: string, form: BodyForm, redactions: Redactions, path: string): string | undefined;
  /** Text of unknown form, e.g. an error message. */
  text(text: string, redactions: Redactions, path: string): string;
}

/** Headers whose value is an authority: what stands before an `@` in it is a user and a password. */
const authorityHeaders: ReadonlySet<string> = new Set(["host", "x-forwarded-host"]);
/** Headers whose value is a URL or the path of one. */
const urlHeaders: ReadonlySet<string> = new Set([
  "referer",
  "location",
  "content-location",
  "x-original-url",
  "x-rewrite-url",
  "x-forwarded-uri",
  "x-original-uri",
]);

/** A masker with the rules of the options; `checkMasking` tells beforehand what is wrong with them. */
export function createMasker(options: MaskerOptions = {}): Masker {
  const rules = compileRules(options);
  const memo = { values: new CleanTexts(), queries: new CleanTexts(), urls: new CleanTexts(), paths: new CleanTexts() };
  const remembering =
    (clean: CleanTexts, maskIt: (text: string, place: TextPlace) => string) => (text: string, redactions: Redactions, path: string) => {
      if (text === "" || clean.has(text)) return text;
      const masked = maskIt(text, { redactions, path });
      if (masked === text) clean.add(text);
      return masked;
    };
  const text = (value: string, redactions: Redactions, path: string) => maskText(rules, value, { redactions, path });
  const value = remembering(memo.values, (content, place) => maskText(rules, content, place));
  const url = remembering(memo.urls, (content, place) => maskUrl(rules, content, place));
  return {
    isStrict: rules.strict,
    isSecretHeader: (name) => rules.headers.find(name) !== undefined,
    header: (name, content, redactions, path) => {
      const replace = rules.headers.find(name);
      if (replace === undefined) {
        const lower = name.toLowerCase();
        if (urlHeaders.has(lower)) return url(content, redactions, path);
        return value(authorityHeaders.has(lower) ? maskUserInfo(content, { redactions, path }) : content, redactions, path);
      }
      if (content === "") return content;
      redactions.add(path);
      return replace(content);
    },
    query: remembering(memo.queries, (content, place) => maskQuery(rules, content, place)),
    path: remembering(memo.paths, (content, place) => maskPath(rules, content, place)),
    url,
    body: (content, form, redactions, path) => maskBody(rules, content, form, { redactions, path }),
    text,
  };
}

function maskText(rules: Rules, text: string, { redactions, path }: TextPlace): string {
  return rules.mayHold(text) ? maskAny(text, new ScanContext(rules, redactions, { path, isCut: false }, maskAny), "structure") : text;
}

function maskUserInfo(value: string, { redactions, path }: TextPlace): string {
  const at = value.lastIndexOf("@");
  if (at === -1) return value;
  redactions.add(path);
  return mask + value.slice(at);
}
