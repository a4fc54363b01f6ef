/** Two digits of every byte. */
export const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Whether the text is a UUID of RFC 9562 (versions 1 to 8; the nil and max UUIDs identify nothing). */
export function isUuid(text: string): boolean {
  return text.length === 36 && uuidPattern.test(text);
}

/** Sixteen bytes as a UUID v8; the version and variant bits are overwritten. */
export function formatUuid8(bytes: Uint8Array): string {
  const h = (index: number) => hexOfByte[bytes[index]!]!;
  const third = hexOfByte[(bytes[6]! & 0x0f) | 0x80]!;
  const fourth = hexOfByte[(bytes[8]! & 0x3f) | 0x80]!;
  const start = `${h(0)}${h(1)}${h(2)}${h(3)}-${h(4)}${h(5)}-${third}${h(7)}-${fourth}${h(9)}`;
  return `${start}-${h(10)}${h(11)}${h(12)}${h(13)}${h(14)}${h(15)}`;
}
