/** A piece of pretty-printed JSON. `space` is line breaks, indentation and the blank after a colon. */
export interface JsonToken {
  readonly kind: "key" | "string" | "number" | "literal" | "punctuation" | "space";
  readonly text: string;
}

const lexeme = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\]:,]/gsu;

/**
 * Pretty-printed JSON as tokens, or undefined where the text is no JSON object or array.
 *
 * **Guarantee**: only white space changes. Numbers and strings keep the characters that were sent: `1e400`,
 * `12345678901234567890` and `\u00e9` would come out of `JSON.stringify(JSON.parse(text))` as something else.
 */
export function jsonTokens(text: string): readonly JsonToken[] | undefined {
  if (!/^\s*[[{]/u.test(text) || !isJson(text)) return undefined;
  const lexemes = text.match(lexeme) ?? [];
  const tokens: JsonToken[] = [];
  const newLine = (depth: number) => tokens.push({ kind: "space", text: `\n${"  ".repeat(depth)}` });
  let depth = 0;
  for (const [index, piece] of lexemes.entries()) {
    const next = lexemes[index + 1];
    const closes = piece === "}" || piece === "]";
    if (closes) depth--;
    if (closes && !isOpening(lexemes[index - 1])) newLine(depth);
    tokens.push({ kind: kindOf(piece, next), text: piece });
    if (isOpening(piece)) depth++;
    if (piece === ":") tokens.push({ kind: "space", text: " " });
    else if (piece === "," || (isOpening(piece) && next !== "}" && next !== "]")) newLine(depth);
  }
  return tokens;
}

function isOpening(piece: string | undefined): boolean {
  return piece === "{" || piece === "[";
}

function kindOf(piece: string, next: string | undefined): JsonToken["kind"] {
  if (piece.startsWith('"')) return next === ":" ? "key" : "string";
  if ("{}[]:,".includes(piece)) return "punctuation";
  return piece === "true" || piece === "false" || piece === "null" ? "literal" : "number";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
