import { detached } from "./detached.ts";

const textsMax = 4096;
const charsMax = 256;

/** Short texts in which there was nothing to mask, e.g. the user agents of headers. **Guarantee**: at most 4,096 of 256 characters. */
export class CleanTexts {
  readonly #texts = new Set<string>();

  has(text: string): boolean {
    return text.length <= charsMax && this.#texts.has(text);
  }

  add(text: string): void {
    if (text.length > charsMax) return;
    // Texts come from clients: a flood of new ones only costs what it would without a memory.
    if (this.#texts.size >= textsMax) this.#texts.clear();
    this.#texts.add(detached(text));
  }
}
