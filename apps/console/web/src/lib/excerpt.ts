/** A piece of text around a match: what stands before it, the match itself, what follows. */
export interface Excerpt {
  readonly before: string;
  readonly match: string;
  readonly after: string;
}

const aroundChars = 60;

/** Where `q` first occurs in the text, case folded, with some text around it on one line; undefined where it does not. */
export function excerpt(text: string | undefined, q: string, around = aroundChars): Excerpt | undefined {
  if (text === undefined || q === "") return undefined;
  // Not by comparing in lower case: that changes the length of some characters, and so where the match stands.
  const found = new RegExp(q.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`), "iu").exec(text);
  if (found === null) return undefined;
  const index = found.index;
  const end = index + found[0].length;
  const start = Math.max(0, index - around);
  return {
    before: (start > 0 ? "…" : "") + oneLine(text.slice(start, index)),
    match: text.slice(index, end),
    after: oneLine(text.slice(end, end + around * 2)) + (end + around * 2 < text.length ? "…" : ""),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, " ");
}
