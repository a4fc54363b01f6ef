import { excerpt } from "../lib/excerpt.ts";

/** A text with the first occurrence of `q` marked. */
export function Mark({ text, q }: { readonly text: string; readonly q: string }) {
  const found = excerpt(text, q, text.length);
  if (found === undefined) return text;
  return (
    <>
      {found.before}
      <mark>{found.match}</mark>
      {found.after}
    </>
  );
}
