/** A part of a text that becomes something. */
export interface DissectPart {
  readonly kind: "field" | "skip" | "append" | "key" | "value";
  readonly name: string;
  /** Place among the parts that are appended to one field. */
  readonly order: number;
  /** More of the delimiters behind it count as one. */
  readonly isPadded: boolean;
  /** What stands before it. */
  readonly before: string;
  /** What ends it; empty for the end of the text. */
  readonly after: string;
}

export interface DissectPattern {
  /** What the text begins with. */
  readonly start: string;
  readonly parts: readonly DissectPart[];
}

const partPattern = /^([+?&]?)([^/>]*?)(?:\/(\d{1,3}))?(->)?$/;
const kinds: Readonly<Record<string, DissectPart["kind"]>> = { "+": "append", "?": "key", "&": "value" };

/** Reads a pattern such as `%{time} %{+time} [%{level->}] %{rest}`. **Errors**: what is wrong with it, as a sentence. */
export function parseDissect(pattern: string): DissectPattern | string {
  // Splitting by a pattern with a group gives delimiters and parts in turn.
  const pieces = pattern.split(/%\{([^{}]*)\}/);
  if (pieces.length === 1) return "has no field: write %{name}";
  const parts: DissectPart[] = [];
  for (let index = 1; index < pieces.length; index += 2) {
    const [before = "", text = "", after = ""] = pieces.slice(index - 1, index + 2);
    const isLast = index === pieces.length - 2;
    if (after === "" && !isLast) return `has nothing between %{${text}} and the next field: put a delimiter there`;
    const match = partPattern.exec(text);
    if (match === null) return `%{${text}} is no field: write %{name}, %{+name/1}, %{?name}, %{&name} or %{name->}`;
    const [, modifier = "", name = "", order, padding] = match;
    if (name === "" && modifier !== "" && modifier !== "?") return `%{${text}} has no name`;
    const kind = name === "" ? "skip" : (kinds[modifier] ?? "field");
    parts.push({ kind, name, order: Number(order ?? 0), isPadded: padding !== undefined, before, after });
  }
  const orphan = parts.find(({ kind, name }) => kind === "value" && !parts.some((part) => part.kind !== "value" && part.name === name));
  if (orphan !== undefined) return `%{&${orphan.name}} needs %{?${orphan.name}}, which finds the name of its field`;
  return { start: pieces[0] ?? "", parts };
}

/**
 * The texts of a pattern's parts, or undefined where the text is not as the pattern says.
 *
 * **Guarantee**: takes time in proportion to the text.
 */
export function dissectText(text: string, { start, parts }: DissectPattern): string[] | undefined {
  if (!text.startsWith(start)) return undefined;
  const found: string[] = [];
  let at = start.length;
  for (const { after, isPadded } of parts) {
    const end = after === "" ? text.length : text.indexOf(after, at);
    if (end === -1) return undefined;
    found.push(text.slice(at, end));
    at = end + after.length;
    if (isPadded && after !== "") at = skipRepeated(text, after, at);
  }
  return found;
}

function skipRepeated(text: string, delimiter: string, from: number): number {
  let at = from;
  while (text.startsWith(delimiter, at)) at += delimiter.length;
  return at;
}
