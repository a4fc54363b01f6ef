import { cutText } from "./cut-text.ts";

/** Where what one selector finds is put. */
export interface Slot {
  /** Its place among the slots of a route's rules. */
  readonly index: number;
  /** `value`: the text found; `presence`: only that something is there, be it an object; `name`: the name of the element found. */
  readonly takes: "value" | "presence" | "name";
  /** How many distinct values are kept; further ones are passed over. */
  readonly valuesMax: number;
  /** Longer values are cut. */
  readonly charsMax: number;
  /** An empty text is a value as well. */
  readonly takesEmpty: boolean;
}

/** What the selectors of a route found in one call. */
export class Findings {
  readonly #values: (string[] | undefined)[] = [];

  /** Keeps a value; true when its slot has thereby become full. */
  add(slot: Slot, text: string): boolean {
    const value = cutText(text, slot.charsMax);
    if (value === "" && !slot.takesEmpty) return false;
    const values = (this.#values[slot.index] ??= []);
    if (values.length >= slot.valuesMax || values.includes(value)) return false;
    values.push(value);
    return values.length === slot.valuesMax;
  }

  /** True when the slot takes no more. */
  isFull(slot: Slot): boolean {
    return (this.#values[slot.index]?.length ?? 0) >= slot.valuesMax;
  }

  first(slot: Slot | undefined): string | undefined {
    return slot && this.#values[slot.index]?.[0];
  }

  all(slot: Slot): readonly string[] {
    return this.#values[slot.index] ?? [];
  }
}
