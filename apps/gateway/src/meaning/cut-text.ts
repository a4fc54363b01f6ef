/** The text without white space at its ends, at most `charsMax` long, never half a character. */
export function cutText(text: string, charsMax: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= charsMax) return trimmed;
  const last = trimmed.charCodeAt(charsMax - 1);
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff;
  return trimmed.slice(0, isHighSurrogate ? charsMax - 1 : charsMax).trimEnd();
}
