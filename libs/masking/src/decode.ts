/** Percent-decodes what can be decoded: a broken sequence must not hide the rest. */
export function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

/** As in a query or form: `+` is a space. */
export function formDecode(text: string): string {
  return percentDecode(text.includes("+") ? text.replaceAll("+", " ") : text);
}

/** For a path, query or form. The colon of a hash needs no escape there and reads better without one. */
export function percentEncode(text: string): string {
  // Half of a surrogate pair cannot be encoded.
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "\uFFFD")).replaceAll("%3A", ":");
}

const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Resolves the references of XML; one that is cut off at the end is left out. */
export function xmlDecode(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(
    /&(?:#([0-9]{1,8})|#[xX]([0-9a-fA-F]{1,7})|(lt|gt|amp|quot|apos));?|&#?\w{0,8}$/g,
    (reference, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
      if (name !== undefined) return named[name] ?? "";
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      // `&#x3` is what is left of `&#x31;`, and no control character.
      if (code < 0x20 && !reference.endsWith(";")) return "";
      return code <= 0x10ffff ? String.fromCodePoint(code) : "";
    },
  );
}

/** For character data and attribute values. */
export function xmlEncode(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&${Object.keys(named).find((name) => named[name] === char) ?? ""};`);
}
