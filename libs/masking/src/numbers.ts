/** Numbers of persons that are told from others by their form and checksum. */
export type NumberKind = "phone" | "idCard" | "bankCard";

/** One number that was found: where, what, and its digits without separators and country code. */
export interface FoundNumber {
  readonly from: number;
  readonly to: number;
  readonly kind: NumberKind;
  readonly value: string;
}

/** Half-width and full-width digits. */
export const digit = "0-9\\uFF10-\\uFF19";
/** What may stand between two groups of digits, one at a time: spaces and hyphens. */
export const separator = " \\u00A0\\u3000\\-\\u2010-\\u2015\\uFF0D";

/** Groups that may make up one number (`6222 0212 3456 7890 123` has five). */
const groupsMax = 7;
const digitsMax = 23;
const groupDigitsMin = 3;

const digitsMin = 11;
const groups = new RegExp(`[${digit}]+`, "g");
const isSeparator = new RegExp(`^[${separator}]$`);
const written = new RegExp(`^\\+?[${digit}](?:[${separator}]?[${digit}]){6,22}[Xx]?$`);
const fullWidth = /[\uFF10-\uFF19]/g;

interface Group {
  readonly from: number;
  readonly to: number;
}

/** Every number of a person in the text. Linear in its length. */
export function findNumbers(text: string, isWanted: (kind: NumberKind) => boolean): readonly FoundNumber[] {
  const found: FoundNumber[] = [];
  for (const parts of runsOf(text)) {
    const start = parts[0]?.from ?? 0;
    const isFraction = /\d\.$/.test(text.slice(Math.max(0, start - 2), start));
    for (let first = 0; first < parts.length; first++) {
      const number = longestFrom(text, parts, first, (kind) => isWanted(kind) && !(isFraction && first === 0 && kind !== "phone"));
      if (number === undefined) continue;
      found.push(number);
      while ((parts[first + 1]?.to ?? Number.POSITIVE_INFINITY) <= number.to) first++;
    }
  }
  return found;
}

/** Groups of digits with one separator between each, where they have digits enough. A loop: one expression would keep each digit on the engine's stack. */
function* runsOf(text: string): Generator<readonly Group[]> {
  let run: Group[] = [];
  let digits = 0;
  for (const { index: from, 0: group } of text.matchAll(groups)) {
    const last = run.at(-1)?.to;
    if (last !== undefined && (from !== last + 1 || !isSeparator.test(text.charAt(last)))) {
      if (digits >= digitsMin) yield run;
      run = [];
      digits = 0;
    }
    run.push({ from, to: from + group.length });
    digits += group.length;
  }
  if (digits >= digitsMin) yield run;
}

/** A number of a person without separators, country code and full-width digits; any other text stays as it is. */
export function canonicalNumber(value: string): string {
  if (value.length > 48 || !written.test(value)) return value;
  const digits = halfWidth(value).replaceAll(/[^0-9Xx]/g, "");
  const letter = /[Xx]$/.test(digits) ? "X" : "";
  return classify(letter === "" ? digits : digits.slice(0, -1), letter, () => true)?.value ?? value;
}

/** The longest number that begins with this group: a card of 19 digits also begins like one of 16. */
function longestFrom(
  text: string,
  parts: readonly Group[],
  first: number,
  isWanted: (kind: NumberKind) => boolean,
): FoundNumber | undefined {
  let last = first;
  let digits = "";
  const candidates: { readonly digits: string; readonly to: number }[] = [];
  for (; last < parts.length && last - first < groupsMax; last++) {
    const part = parts[last];
    if (part === undefined || digits.length + part.to - part.from > digitsMax) break;
    digits += halfWidth(text.slice(part.from, part.to));
    candidates.push({ digits, to: part.to });
    const isCountryCode = last === first && (digits === "86" || digits === "0086");
    // A shorter group can only be the last one.
    if (part.to - part.from < groupDigitsMin && !isCountryCode) break;
  }
  for (const { digits: whole, to } of candidates.reverse()) {
    const found = classify(whole, whole.length === 17 ? checkLetter(text, to) : "", isWanted);
    if (found === undefined) continue;
    const from = parts[first]?.from ?? 0;
    const isInternational = text.charAt(from - 1) === "+" && whole.startsWith("86");
    return { ...found, from: isInternational ? from - 1 : from, to: found.value.endsWith("X") ? to + 1 : to };
  }
  return undefined;
}

/** `X` where one stands behind the digits, as the last character of some identity cards. */
function checkLetter(text: string, at: number): string {
  return /^[Xx](?![A-Za-z0-9])/.test(text.slice(at, at + 2)) ? "X" : "";
}

function classify(
  digits: string,
  letter: string,
  isWanted: (kind: NumberKind) => boolean,
): { readonly kind: NumberKind; readonly value: string } | undefined {
  const { length } = digits;
  if (length < 11 || length > 19) return undefined;
  if (isWanted("idCard")) {
    if (length === 17 && letter !== "" && isIdCard(digits + letter)) return { kind: "idCard", value: digits + letter };
    if ((length === 18 && isIdCard(digits)) || (length === 15 && isOldIdCard(digits))) return { kind: "idCard", value: digits };
  }
  const phone = isWanted("phone") ? mobile(digits) : undefined;
  if (phone !== undefined) return { kind: "phone", value: phone };
  return isWanted("bankCard") && isBankCard(digits) ? { kind: "bankCard", value: digits } : undefined;
}

/** The eleven digits of a Chinese mobile phone. */
function mobile(digits: string): string | undefined {
  return /^(?:00)?(?:86)?(1[3-9]\d{9})$/.exec(digits)?.[1];
}

/** Provinces, as the first two digits. */
const provinces = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])/;
const idWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;

function isIdCard(digits: string): boolean {
  if (!provinces.test(digits) || !isDate(digits.slice(6, 10), digits.slice(10, 14))) return false;
  const sum = idWeights.reduce((total, weight, index) => total + weight * Number(digits.charAt(index)), 0);
  return "10X98765432".charAt(sum % 11) === digits.charAt(17);
}

function isOldIdCard(digits: string): boolean {
  return provinces.test(digits) && isDate(`19${digits.slice(6, 8)}`, digits.slice(8, 12));
}

function isDate(year: string, monthDay: string): boolean {
  const month = Number(monthDay.slice(0, 2));
  const day = Number(monthDay.slice(2));
  if (year < "1900" || year > "2049" || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(Number(year), month, 0)).getUTCDate();
}

/**
 * First digits and length of the cards that are issued: UnionPay and older Chinese ones, Visa, Mastercard, JCB, American
 * Express, Diners, Discover. Times in milli-, micro- and nanoseconds begin with 1 and are none of them.
 */
const cardForms =
  /^(?:(?:62|60|69|81)\d{14,17}|(?:9558|9400|9843|6858|4367|4563|5264)\d{12,15}|4\d{15}|(?:5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720))\d*|35(?:2[89]|[3-8])\d*|3[47]\d{13}|3(?:0[0-5]|[68])\d{11,12}|6(?:4[4-9]|5)\d*)$/;

function isBankCard(digits: string): boolean {
  if (digits.length < 14 || !cardForms.test(digits)) return false;
  if (/^(?:5|2|35|6[45])/.test(digits) && digits.length !== 16 && !digits.startsWith("5264")) return false;
  return isLuhn(digits);
}

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const value = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    const doubled = index % 2 === 0 ? value : 2 * value;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function halfWidth(text: string): string {
  return text.replaceAll(fullWidth, (char) => String.fromCharCode(char.charCodeAt(0) - 0xff10 + 0x30));
}
