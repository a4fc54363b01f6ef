import { digit, separator } from "./numbers.ts";
import type { TokenRules } from "./tokens.ts";

/** How far back from a cut the beginning of an address, a number or a match is looked for. */
const tailCharsMax = 320;
/** The same for a JSON Web Token, which may be long. */
const jwtTailCharsMax = 16_384;
/** Fewer characters of an address at a cut tell nobody. */
const emailTailCharsMin = 5;
const digitsMin = 4;

const jwtTail = /^eyJ[\w.-]*$/;
const bearerTail = /\bBearer\s{1,8}([\w.~+/=-]+)$/i;
const userInfoTail = /:\/\/([^\s/?#@"'<>]*:[^\s/?#@"'<>]*)$/;
const emailTail = /[A-Za-z0-9._%+-]*@?[A-Za-z0-9.-]*$/;
const numberTail = new RegExp(`\\+?[${digit}](?:[${separator}]?[${digit}])*[Xx${separator}]?$`);
const wordTail = /[^\s"'<>{}[\],;&=]+$/;

/**
 * Where the beginning of something starts that may have been recognised had the text not been cut; the length of the
 * text where there is nothing. Looks at a bounded part before the end only.
 */
export function cutTail(text: string, { detectors, patterns }: TokenRules): number {
  const near = text.slice(-tailCharsMax);
  const tails = [jwtTailAt(text, detectors.has("jwt")), lengthOf(bearerTail.exec(near)?.[1]), lengthOf(userInfoTail.exec(near)?.[1])];
  if (detectors.has("email")) tails.push(emailTailChars(near));
  if (detectors.has("phone") || detectors.has("idCard") || detectors.has("bankCard")) tails.push(numberTailChars(near));
  if (patterns.length > 0) tails.push(lengthOf(wordTail.exec(near)?.[0]));
  return text.length - Math.max(...tails);
}

function jwtTailAt(text: string, isWanted: boolean): number {
  if (!isWanted) return 0;
  const near = text.slice(-jwtTailCharsMax);
  const from = near.lastIndexOf("eyJ");
  return from !== -1 && jwtTail.test(near.slice(from)) ? near.length - from : 0;
}

function emailTailChars(near: string): number {
  const chars = lengthOf(emailTail.exec(near)?.[0]);
  return chars >= emailTailCharsMin ? chars : 0;
}

function numberTailChars(near: string): number {
  const run = numberTail.exec(near)?.[0] ?? "";
  return run.replaceAll(/[^0-9\uFF10-\uFF19]/g, "").length >= digitsMin ? run.length : 0;
}

function lengthOf(text: string | undefined): number {
  return text?.length ?? 0;
}
