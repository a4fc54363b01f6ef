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
  const index = text.toLowerCase().indexOf(q.toLowerCase());
  if (index === -1) return undefined;
  const end = index + q.length;
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
