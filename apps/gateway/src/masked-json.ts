import { detached, type Redactions } from "@gatelog/masking";
import { readable } from "./request-line.ts";

/** Values that are remembered, and how long one may be. */
const rememberedMax = 2048;
const rememberedCharsMax = 256;
/** Values that are not found before the memory, once full, begins anew: of paths that never come again, to remember costs more than to look. */
const missesMax = 32_768;

/** Masks a text and notes what it masked under the path. */
export type Mask = (text: string, redactions: Redactions, path: string) => string;

/**
 * Header values and parts of URLs as masked JSON text. Most of them come again and again: what needed no masking is remembered,
 * as it stands in the line.
 */
export class MaskedJson {
  readonly #mask: Mask;
  readonly #path: string;
  readonly #remembered = new Map<string, string>();
  #misses = 0;

  constructor(path: string, mask: Mask) {
    this.#path = path;
    this.#mask = mask;
  }

  /** The inside of a JSON string, without its quotes. @param latin1 one character a byte, as node:http has it */
  of(latin1: string, redactions: Redactions): string {
    const known = this.#remembered.get(latin1);
    if (known !== undefined) return known;
    const text = readable(latin1);
    const masked = this.#mask(text, redactions, this.#path);
    const json = insideOf(masked);
    if (masked === text && latin1.length <= rememberedCharsMax) this.#remember(latin1, json);
    return json;
  }

  #remember(latin1: string, json: string): void {
    if (this.#remembered.size >= rememberedMax) {
      if (++this.#misses < missesMax) return;
      this.#misses = 0;
      this.#remembered.clear();
    }
    this.#remembered.set(detached(latin1), detached(json));
  }
}

/** A text as it stands between the quotes of a JSON string. */
export function insideOf(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
