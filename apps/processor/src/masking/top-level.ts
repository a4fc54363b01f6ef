/** Where a value of an object stands in its JSON text. */
export interface TopLevelValue {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

const space = /[\s\uFEFF]*/y;
const scalar = /[^\s,}\]]+/y;
const structure = /["[\]{}]/g;

/**
 * The values of a JSON object, without reading what is in them; undefined where the text is none. A key that is there twice is there twice: whoever reads
 * the line may take either.
 */
export function topLevelValues(text: string): TopLevelValue[] | undefined {
  const values: TopLevelValue[] = [];
  let at = after(space, text, 0);
  if (text[at] !== "{") return undefined;
  for (;;) {
    const keyFrom = after(space, text, at + 1);
    const keyTo = stringEnd(text, keyFrom);
    const colon = after(space, text, keyTo);
    if (keyTo === keyFrom || text[colon] !== ":") return values.length === 0 && text[keyFrom] === "}" ? values : undefined;
    const from = after(space, text, colon + 1);
    const to = valueEnd(text, from);
    if (to === undefined) return undefined;
    values.push({ key: keyOf(text.slice(keyFrom, keyTo)), from, to });
    at = after(space, text, to);
    if (text[at] === "}") return values;
    if (text[at] !== ",") return undefined;
  }
}

/** Where a match that begins there ends; `from` itself without one. */
function after(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

/** Behind the closing quote; `from` itself where no string begins there, or does not end. A pattern would keep a long string on its stack. */
function stringEnd(text: string, from: number): number {
  if (text[from] !== '"') return from;
  for (let at = from + 1; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') return at + 1;
    if (sign === "\\") at++;
  }
  return from;
}

function keyOf(json: string): string {
  try {
    return json.includes("\\") ? (JSON.parse(json) as string) : json.slice(1, -1);
  } catch {
    return json;
  }
}

function valueEnd(text: string, from: number): number | undefined {
  const first = text[from];
  if (first !== "{" && first !== "[") {
    const to = first === '"' ? stringEnd(text, from) : after(scalar, text, from);
    return to === from ? undefined : to;
  }
  let depth = 0;
  structure.lastIndex = from;
  for (let match = structure.exec(text); match !== null; match = structure.exec(text)) {
    const [sign] = match;
    if (sign === '"') {
      const to = stringEnd(text, match.index);
      if (to === match.index) return undefined;
      structure.lastIndex = to;
    } else if (sign === "{" || sign === "[") depth += 1;
    else if (--depth === 0) return match.index + 1;
  }
  return undefined;
}
