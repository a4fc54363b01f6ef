/** Longest part before the `@` (RFC 5321). */
export const emailLocalCharsMax = 64;

/** Of what the standard allows, what is in use: the rest would take in what stands before the address (`a=b&mail=…`). */
const local = /[A-Za-z0-9._%+-]/;
/** Names of files that look like hosts: `logo@2x.png`. */
const domain = /(?:[A-Za-z0-9_-]{1,63}\.){1,8}(?!(?:png|jpe?g|gif|webp|svg|css|js)(?![A-Za-z0-9]))[A-Za-z][A-Za-z0-9-]{1,62}/y;

/** Every e-mail address in the text. Linear in its length. */
export function findEmails(text: string): readonly { readonly from: number; readonly to: number }[] {
  const found = [];
  let floor = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    let from = at;
    const farthest = Math.max(floor, at - emailLocalCharsMax);
    while (from > farthest && local.test(text.charAt(from - 1))) from--;
    domain.lastIndex = at + 1;
    if (from === at || !domain.test(text)) continue;
    found.push({ from, to: domain.lastIndex });
    floor = domain.lastIndex;
  }
  return found;
}
