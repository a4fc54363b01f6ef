import { detached } from "./detached.ts";

const textsMax = 4096;
const charsMax = 256;
/** Texts that are not found before the memory, once full, begins anew: to remember costs more than to look. */
const missesMax = 65_536;

/** Short texts in which there was nothing to mask, e.g. the user agents of headers. **Guarantee**: at most 4,096 of 256 characters. */
export class CleanTexts {
  readonly #texts = new Set<string>();
  #misses = 0;

  has(text: string): boolean {
    return text.length <= charsMax && this.#texts.has(text);
  }

  add(text: string): void {
    if (text.length > charsMax) return;
    if (this.#texts.size >= textsMax) {
      if (++this.#misses < missesMax) return;
      this.#misses = 0;
      this.#texts.clear();
    }
    this.#texts.add(detached(text));
  }
}
