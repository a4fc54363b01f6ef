import { percentDecode, percentEncode } from "./decode.ts";
import { maskAny, type TextPlace } from "./mask-body.ts";
import type { Rules } from "./rules.ts";
import { ScanContext } from "./scan-context.ts";
import { isForm, scanForm } from "./scan-form.ts";
import { scanText } from "./scan-text.ts";
import { matchUrlPath } from "./url-paths.ts";

/** A query is a form; one that is none (raw JSON, quotes) is also read as text. */
export function maskQuery(rules: Rules, query: string, place: TextPlace): string {
  if (!rules.readsAllForms && !rules.mayHold(query)) return query;
  const context = contextOf(rules, place);
  const masked = scanForm(query, context, rules.query);
  return isForm(query) || !rules.mayHold(query) ? masked : scanText(masked, context);
}

/** The path of a URL: segments that rules name, parameters (`;jsessionid=…`), what is known by its form. */
export function maskPath(rules: Rules, path: string, place: TextPlace): string {
  const matches = rules.urlPaths.length === 0 ? [] : matchUrlPath(path, rules.urlPaths);
  if (matches.length === 0 && !rules.mayHold(path)) return path;
  const context = contextOf(rules, place);
  let masked = "";
  let copied = 0;
  for (const { from, to, name, value, replace } of matches) {
    masked += maskSegments(path.slice(copied, from), context) + percentEncode(context.write(value, replace));
    copied = to;
    context.redactions.add(context.pathTo(`:${name}`));
  }
  return masked + maskSegments(path.slice(copied), context);
}

/** A whole or relative URL. */
export function maskUrl(rules: Rules, url: string, place: TextPlace): string {
  const cut = url.search(/[?#]/);
  const head = cut === -1 ? url : url.slice(0, cut);
  const origin = /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/[^/\\]*/.exec(head)?.[0] ?? "";
  const masked = maskOrigin(rules, origin, place) + maskPath(rules, head.slice(origin.length), place);
  if (cut === -1) return masked;
  const rest = url.slice(cut).split(/(?=[?#])/);
  return masked + rest.map((part) => part.charAt(0) + maskQuery(rules, part.slice(1), place)).join("");
}

/** `https://user:password@host`. */
function maskOrigin(rules: Rules, origin: string, place: TextPlace): string {
  if (!rules.mayHold(origin)) return origin;
  return scanText(origin, contextOf(rules, place));
}

/** Each segment decoded, masked inside, and encoded again where something was masked. */
function maskSegments(part: string, context: ScanContext): string {
  if (!context.rules.mayHold(part)) return part;
  const masked = part.replaceAll(/[^/]+/g, (segment) => {
    const content = percentDecode(segment);
    if (content === segment || !context.rules.mayHold(content)) return segment;
    const inside = context.inner(content, context.path);
    return inside === content ? segment : percentEncode(inside);
  });
  return scanText(masked, context);
}

function contextOf(rules: Rules, { redactions, path }: TextPlace): ScanContext {
  return new ScanContext(rules, redactions, { path, isCut: false }, maskAny);
}
