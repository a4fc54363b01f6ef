import { findBearers, findJwts } from "./bearers.ts";
import { cutTail } from "./cut-tail.ts";
import { findEmails } from "./emails.ts";
import { mask, type Replace } from "./modes.ts";
import { digit, findNumbers, separator } from "./numbers.ts";
import type { DetectorName } from "./options.ts";
import type { Pattern } from "./patterns.ts";
import type { ScanContext } from "./scan-context.ts";

/** A part of a text that is masked for its own form. */
export interface Token {
  readonly from: number;
  readonly to: number;
  /** What found it, for the path in `redacted`. */
  readonly kind: string;
  readonly value: string;
  readonly replace: Replace;
}

/** A regular expression of the configuration and how its matches are replaced. */
export interface PatternRule {
  readonly pattern: Pattern;
  readonly replace: Replace;
}

/** Which forms are looked for. */
export interface TokenRules {
  readonly detectors: ReadonlySet<DetectorName>;
  readonly patterns: readonly PatternRule[];
  /** How what a detector finds is replaced. */
  readonly replace: Replace;
}

const userInfo = /:\/\/([^\s/?#@"'<>]{1,512})@/g;

/** Digits enough for a number of a person; `@` of an e-mail address. */
const personal = new RegExp(`[${digit}](?:[${separator}]?[${digit}]){10}|@`);

/** False when the text certainly holds nothing that a detector or a pattern of the configuration finds, as it is written. */
export function mayHoldTokens(text: string, rules: TokenRules): boolean {
  return (rules.detectors.has("jwt") && text.includes("eyJ")) || mayHoldOthers(text, rules);
}

/** The same for all but JSON Web Tokens, which `hintsAtSecret` looks for. */
export function mayHoldOthers(text: string, { detectors, patterns }: TokenRules): boolean {
  return (detectors.size > 1 && personal.test(text)) || patterns.some(({ pattern }) => pattern.test(text));
}

/** Masks what is known by its own form, wherever it stands. */
export function maskTokens(text: string, context: ScanContext): string {
  const tokens = findTokens(text, context);
  if (tokens.length === 0) return text;
  let masked = "";
  let copied = 0;
  let last: Token | undefined;
  for (const token of tokens) {
    if (token.from < copied) {
      // Two forms that overlap are masked as one; what follows a user's password is a host, not an e-mail address.
      if (last?.kind !== "detector:userinfo") copied = Math.max(copied, token.to);
      continue;
    }
    if (context.isInsideReplacement(text, token.from)) continue;
    masked += text.slice(copied, token.from) + context.write(token.value, token.replace);
    context.redactions.add(`${context.path}.${token.kind}`);
    copied = token.to;
    last = token;
  }
  return masked + text.slice(copied);
}

/** In order, the longer one first. */
function findTokens(text: string, { rules, isCut }: ScanContext): readonly Token[] {
  const { detectors, patterns, replace } = rules.tokens;
  const tokens: Token[] = [];
  const add = (kind: string, from: number, to: number, value: string, how = replace) =>
    tokens.push({ from, to, kind, value, replace: how });
  for (const { pattern, replace: how } of patterns)
    for (const { from, to } of pattern.find(text)) add("pattern", from, to, text.slice(from, to), how);
  for (const { from, to } of findBearers(text)) add("detector:bearer", from, to, text.slice(from, to));
  if (detectors.has("jwt") && text.includes("eyJ"))
    for (const { from, to } of findJwts(text)) add("detector:jwt", from, to, text.slice(from, to));
  if (text.includes("@"))
    for (const { index, 1: value = "" } of text.matchAll(userInfo))
      if (value.includes(":")) add("detector:userinfo", index + 3, index + 3 + value.length, value);
  if (detectors.has("email")) for (const { from, to } of findEmails(text)) add("detector:email", from, to, text.slice(from, to));
  if (detectors.has("phone") || detectors.has("idCard") || detectors.has("bankCard"))
    for (const { from, to, kind, value } of findNumbers(text, (kind) => detectors.has(kind))) add(`detector:${kind}`, from, to, value);
  if (isCut) {
    const from = cutTail(text, rules.tokens);
    if (from < text.length) add("cut", from, text.length, "", () => mask);
  }
  return tokens.sort((a, b) => a.from - b.from || b.to - a.to);
}
