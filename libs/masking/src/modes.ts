import { createHmac } from "node:crypto";
import type { MaskingMode } from "./options.ts";
import { canonicalNumber } from "./numbers.ts";

/** What stands in the place of a value that was masked. */
export const mask = "***";

/** Shortest value of which the last characters are shown: of a shorter one they would tell too much. */
const last4CharsMin = 8;
const hashHexChars = 16;

/** What stands in the place of a value (decoded); undefined: nothing does, the value is taken out. */
export type Replace = (value: string) => string | undefined;

/** The replacement of each mode. **Guarantee**: with one key, the same value has the same hash wherever and however it is written. */
export function createModes(hashKey: string | undefined): Readonly<Record<MaskingMode, Replace>> {
  return {
    fixed: () => mask,
    remove: () => undefined,
    last4,
    hash: (value) => {
      if (hashKey === undefined) return mask;
      return `hmac:${createHmac("sha256", hashKey).update(canonicalNumber(value)).digest("hex").slice(0, hashHexChars)}`;
    },
  };
}

/** Only letters and digits are shown, so that no quote or escape of the text around is torn. */
function last4(value: string): string {
  const canonical = canonicalNumber(value);
  const chars = Array.from(canonical.slice(-2 * last4CharsMin));
  const shown = chars.slice(-4).join("");
  return chars.length >= last4CharsMin && /^[\p{L}\p{N}]{4}$/u.test(shown) ? mask + shown : mask;
}
