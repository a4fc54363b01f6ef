/** A part of a text. */
interface Part {
  readonly from: number;
  readonly to: number;
}

const bearerStart = /\bBearer\s{1,8}/gi;
const bearerValue = /[\w.~+/=-]*/y;
const bearerCharsMin = 8;

const jwtPart = /[\w-]*/y;
const jwtPartCharsMin = 5;
/** Behind the first two parts. */
const jwtPartsMax = 3;

/**
 * Values behind `Bearer`, at least 8 characters. The value is a search of its own, as the parts of a token below: within a larger expression the
 * engine notes every character on its stack, and a value of some million is too much for that.
 */
export function findBearers(text: string): readonly Part[] {
  const found: Part[] = [];
  bearerStart.lastIndex = 0;
  while (bearerStart.test(text)) {
    const from = bearerStart.lastIndex;
    const to = endOf(bearerValue, text, from);
    if (to - from < bearerCharsMin) continue;
    found.push({ from, to });
    bearerStart.lastIndex = to;
  }
  return found;
}

/** JSON Web Tokens: `eyJ….….…`, of which the beginning is enough. */
export function findJwts(text: string): readonly Part[] {
  const found: Part[] = [];
  for (let from = text.indexOf("eyJ"); from !== -1;) {
    const to = jwtEnd(text, from);
    if (to !== undefined) found.push({ from, to });
    // What goes on in the same word is no beginning.
    from = text.indexOf("eyJ", to ?? Math.max(from + 3, endOf(jwtPart, text, from)));
  }
  return found;
}

function jwtEnd(text: string, from: number): number | undefined {
  if (from > 0 && /[\w-]/.test(text.charAt(from - 1))) return undefined;
  const head = endOf(jwtPart, text, from);
  if (head - from < "eyJ".length + jwtPartCharsMin || text.charAt(head) !== ".") return undefined;
  let to = endOf(jwtPart, text, head + 1);
  if (to - head - 1 < jwtPartCharsMin) return undefined;
  for (let part = 0; part < jwtPartsMax && text.charAt(to) === "."; part++) to = endOf(jwtPart, text, to + 1);
  return to;
}

function endOf(sticky: RegExp, text: string, from: number): number {
  sticky.lastIndex = from;
  sticky.test(text);
  return Math.max(from, sticky.lastIndex);
}
