import * as fc from "fast-check";

/** What of a secret must not be seen, from either end: less could be anything. */
const tracedCharsMin = 6;

const digits = (count: number) => fc.stringMatching(new RegExp(`^[0-9]{${count}}$`));
/** Without vowels, so that they are parts of no word in a record. */
const letters = (count: number, alphabet = "bcdfghjkmnpqrstvwxz") =>
  fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength: count, maxLength: count });

const phone = fc.tuple(fc.constantFrom("13", "15", "17", "18", "19"), digits(9)).map((parts) => parts.join(""));
const idCard = fc
  .tuple(
    fc.constantFrom("110101", "310115", "440305", "510107"),
    fc.integer({ min: 1940, max: 2015 }),
    fc.integer({ min: 10, max: 12 }),
    digits(3),
  )
  .map(([region, year, month, order]) => withIdChecksum(`${region}${year}${month}15${order}`));
const bankCard = fc.tuple(fc.constantFrom(15, 18), digits(16)).map(([length, rest]) => withLuhn(`62${rest}00`.slice(0, length)));
const email = fc
  .tuple(letters(8), letters(5), fc.constantFrom("com", "cn", "com.cn"))
  .map(([name, domain, top]) => `${name}@${domain}.${top}`);
const jwt = fc.tuple(letters(24), letters(32)).map(([claims, signature]) => `eyJhbGciOiJIUzI1NiJ9.eyJ${claims}.${signature}`);

/** A secret that only its name tells, of characters that mean nothing anywhere. */
export const namedSecret: fc.Arbitrary<string> = letters(14, "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.!*");
/** The same with something in its middle that has to be escaped somewhere. */
export const awkwardSecret: fc.Arbitrary<string> = fc
  .tuple(letters(8), fc.constantFrom(" ", '"', "'", ")", "\\", "&", "<", "=", ";", ",", "%", "+", "密", "\n", "/", "{", "]"), letters(8))
  .map((parts) => parts.join(""));
/** A number of a person: digits that could be a JSON number, too. */
export const numberSecret: fc.Arbitrary<string> = fc.oneof(phone, idCard, bankCard);
/** Anything that is known by its own form. */
export const formedSecret: fc.Arbitrary<string> = fc.oneof(numberSecret, numberSecret, email, jwt);

/** True where the text shows the beginning or the end of the secret. */
export function shows(text: string, secret: string): boolean {
  return text.includes(secret.slice(0, tracedCharsMin)) || text.includes(secret.slice(-tracedCharsMin));
}

/** Resolves every usual spelling, one in the other: `\u0031`, `%31`, `&#49;`, the NULs of UTF-16 that was misread. */
export function plainly(text: string): string {
  let plain = text;
  for (let round = 0; round < 5; round++)
    plain = plain
      .replaceAll(/\\+u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll(/&#x([0-9a-fA-F]{1,6});/g, (_, hex: string) => character(Number.parseInt(hex, 16)))
      .replaceAll(/&#(\d{1,7});/g, (_, decimal: string) => character(Number(decimal)))
      .replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return plain.replaceAll("\0", "");
}

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

function withIdChecksum(digits17: string): string {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits17[index]), 0);
  return digits17 + "10X98765432".charAt(sum % 11);
}

function withLuhn(digits: string): string {
  let sum = 0;
  for (const [index, char] of Array.from(digits).toReversed().entries()) {
    const value = index % 2 === 0 ? 2 * Number(char) : Number(char);
    sum += value > 9 ? value - 9 : value;
  }
  return digits + String((10 - (sum % 10)) % 10);
}
