/** Letters of ASCII count in one case, and all control characters as one sign: so many signs are told apart, and three of them are four digits. */
const asciiSigns = signsOfAscii();
const signs = 70;
const digits = 36;
/** All that two digits can be. */
const digitPairs = Array.from({ length: digits * digits }, (_, number) => number.toString(digits).padStart(2, "0"));
const pairNumbers = digits ** 6;

/** Stands instead of the words of a text that has too many: it may have any. */
export const everyGram = "8all";

/** Characters of the shortest word. */
export const gramLengthMin = 4;

/**
 * The words by which a text is found: one for every three characters of ASCII that are next to each other, and one for every two of which one is none, so
 * that two Chinese characters are found. Each depends on its characters alone: the words of a text are among those of whatever has the text in it.
 *
 * They are small letters and digits, not shorter than what servers leave out, and begin with a digit, as none of the words do that servers leave out as too common.
 * Some texts share a word: what is found has to be looked at.
 */
export function gramsOf(texts: Iterable<string>): readonly string[] {
  const found = new Set<number>();
  for (const text of texts) addGrams(text, found);
  return Array.from(found, wordOf);
}

/** Three characters as a number from 0 on, two as one below 0. A loop over numbers, for it is run for every character that is stored. */
function addGrams(text: string, found: Set<number>): void {
  let before = -1;
  let last = -1;
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at);
    if (code >= 128) {
      const whole = text.codePointAt(at) ?? code;
      if (whole > 0xffff) at++;
      code = folded(whole);
    }
    if (last >= 0) {
      if (code >= 128 || last >= 128) found.add(-1 - ((lowOf(last) * 65_536 + lowOf(code)) % pairNumbers));
      else if (before >= 0 && before < 128) found.add((signOf(before) * signs + signOf(last)) * signs + signOf(code));
    }
    before = last;
    last = code;
  }
}

/** Of three characters four digits, the first one below 8; of two a 9 and six more. */
function wordOf(number: number): string {
  if (number >= 0) return pairOf(number / 1296) + pairOf(number % 1296);
  const two = -1 - number;
  return `9${pairOf(two / 1_679_616)}${pairOf((two / 1296) % 1296)}${pairOf(two % 1296)}`;
}

function pairOf(number: number): string {
  return digitPairs[Math.trunc(number)] ?? "";
}

function signOf(code: number): number {
  return asciiSigns[code] ?? 0;
}

/** Of ASCII in one case, too, where it stands beside other characters. */
function lowOf(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/** The character in the case that `LOWER` of MySQL and MariaDB gives it, or one that it shares with some that these tell apart. */
function folded(code: number): number {
  // Ideographs and what is near them have no case; they are most of what comes here.
  if (code >= 0x2e80 && code < 0xa000) return code;
  // The servers make one sign of İ; JavaScript keeps its dot as a second one.
  if (code === 0x130) return 0x69;
  return String.fromCodePoint(code).toLowerCase().codePointAt(0) ?? code;
}

function signsOfAscii(): Uint8Array {
  const table = new Uint8Array(128);
  let next = 1;
  for (let code = 32; code < 127; code++) if (code < 65 || code > 90) table[code] = next++;
  for (let code = 65; code <= 90; code++) table[code] = table[code + 32] ?? 0;
  return table;
}
