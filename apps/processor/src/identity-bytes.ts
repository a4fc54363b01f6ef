import { Buffer } from "node:buffer";
import { isCarriedTime } from "./fix-identity.ts";

const zero = 0x30;
const hyphen = 0x2d;
/** Lower-case hexadecimal digits. */
const isDigit = new Uint8Array(256);
for (const character of "0123456789abcdef") isDigit[character.charCodeAt(0)] = 1;
/** Where a UUID has no digit. */
const hyphens = new Set([8, 13, 18, 23]);
const isHyphenPlace = Uint8Array.from({ length: 36 }, (_, index) => (hyphens.has(index) ? 1 : 0));
const timeShape = Buffer.from("0000-00-00T00:00:00.000Z");

/** Whether at `at` stands a UUID of versions 1 to 8 in lower case, as `isUuid` has it. */
export function isUuidAt(bytes: Buffer, at: number): boolean {
  for (let index = 0; index < 36; index += 1) {
    const byte = bytes[at + index] ?? 0;
    if (isHyphenPlace[index] === 1 ? byte !== hyphen : isDigit[byte] !== 1) return false;
  }
  const version = bytes[at + 14] as number;
  const variant = bytes[at + 19] as number;
  // 8, 9, a, b.
  return version >= 0x31 && version <= 0x38 && (variant === 0x38 || variant === 0x39 || variant === 0x61 || variant === 0x62);
}

/** Whether at `at` stands a time as a gatelog stage carries it, as `isCarriedTime` has it. */
export function isTimeAt(bytes: Buffer, at: number): boolean {
  for (let index = 0; index < timeShape.length; index += 1) {
    const byte = bytes[at + index] ?? 0;
    if (timeShape[index] === zero ? byte < zero || byte > 0x39 : byte !== timeShape[index]) return false;
  }
  const [month, day, hour] = [pairAt(bytes, at + 5), pairAt(bytes, at + 8), pairAt(bytes, at + 11)];
  const isPlain = month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23;
  if (isPlain && pairAt(bytes, at + 14) <= 59 && pairAt(bytes, at + 17) <= 59) return true;
  // The end of a month, or no time.
  return isCarriedTime(bytes.toString("latin1", at, at + timeShape.length));
}

function pairAt(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) - zero) * 10 + ((bytes[at + 1] as number) - zero);
}
