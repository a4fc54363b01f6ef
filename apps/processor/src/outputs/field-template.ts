import { FieldPath, textOf } from "../filters/field-path.ts";
import type { WorkEvent } from "../work-event.ts";

/** Text with fields in it, `logs-%{fields.team}`, read once. */
export class FieldTemplate {
  /** Texts, and between them fields. */
  readonly #texts: readonly string[];
  readonly #fields: readonly FieldPath[];

  private constructor(texts: readonly string[], fields: readonly FieldPath[]) {
    this.#texts = texts;
    this.#fields = fields;
  }

  /** **Errors**: what is wrong with it, as a sentence. */
  static parse(text: string): FieldTemplate | string {
    // Splitting by a pattern with a group gives texts and fields in turn.
    const parts = text.split(/%\{([^{}]*)\}/);
    const fields: FieldPath[] = [];
    for (const name of parts.filter((_, index) => index % 2 === 1)) {
      const field = FieldPath.parse(name);
      if (typeof field === "string") return field;
      fields.push(field);
    }
    return new FieldTemplate(
      parts.filter((_, index) => index % 2 === 0),
      fields,
    );
  }

  /** The names of its fields. */
  get fields(): readonly string[] {
    return this.#fields.map(({ text }) => text);
  }

  /** The text for an event; undefined where one of the fields is missing. */
  of(event: WorkEvent): string | undefined {
    let text = this.#texts[0] ?? "";
    for (const [index, field] of this.#fields.entries()) {
      const value = field.get(event);
      if (value === undefined || value === null) return undefined;
      text += textOf(value) + (this.#texts[index + 1] ?? "");
    }
    return text;
  }
}
