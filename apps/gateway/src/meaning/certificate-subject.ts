/** Longer subjects are not read. */
const subjectCharsMax = 4096;

/**
 * The common name of a certificate's subject as a proxy hands it on.
 *
 * **Shape**: `CN=billing,OU=apps,O=Example` (RFC 2253, with `\,`, `\C3\A4` and quotes) or `/C=CN/O=Example/CN=billing` (OpenSSL).
 * The first CN counts; OpenSSL's form does not escape a `/`, so that with two of them it names nobody.
 */
export function commonName(subject: string): string | undefined {
  const text = subject.trim();
  if (text.length > subjectCharsMax) return undefined;
  return text.startsWith("/") ? ofSlashes(text) : ofCommas(text);
}

function ofSlashes(subject: string): string | undefined {
  const names = subject.split("/").flatMap((part) => (/^CN=/i.test(part) ? [part.slice(3)] : []));
  return names.length === 1 ? names[0]?.trim() || undefined : undefined;
}

function ofCommas(subject: string): string | undefined {
  for (const part of attributesOf(subject)) {
    const mark = part.indexOf("=");
    const type = part.slice(0, mark).trim();
    if (mark > 0 && /^(?:OID\.)?(?:CN|2\.5\.4\.3)$/i.test(type)) return unescaped(part.slice(mark + 1).trim()) || undefined;
  }
  return undefined;
}

/** Parts between commas, semicolons and plus signs that are neither escaped nor in quotes. */
function attributesOf(subject: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < subject.length; at++) {
    const char = subject.charAt(at);
    if (char === "\\") at++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /[,;+]/.test(char)) {
      parts.push(subject.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, subject.slice(start)];
}

/** Without quotes; `\,` is a comma, a run of `\C3\A4` is UTF-8. `#04…` (an encoded value) is none that can be read. */
function unescaped(value: string): string {
  if (value.startsWith("#")) return "";
  const plain = /^".*"$/s.test(value) ? value.slice(1, -1) : value;
  return plain.replaceAll(/((?:\\[0-9a-fA-F]{2})+)|\\(.)/gs, (_, bytes?: string, char?: string) =>
    bytes === undefined ? (char ?? "") : Buffer.from(bytes.replaceAll("\\", ""), "hex").toString("utf8"),
  );
}
