import { createMasker, type Masker, type MaskerOptions, Redactions } from "@gatelog/masking";
import { isTooDeep, levelsMax } from "../nesting.ts";
import { charsMaxDefault, omittedTag } from "./limit.ts";
import { isPlainObject } from "../plain-object.ts";
import { maskEscaped } from "./mask-escaped.ts";
import { RecordFields } from "./record-fields.ts";

type Fields = Record<string, unknown>;

/** Numbers of the transport that may look like a number of a person: identities and mappings depend on them. */
const transportNumbers: readonly (readonly string[])[] = [["offset"], ["log", "offset"], ["log", "file", "inode"]];

/** Of masking, and how long what is masked may be. */
export interface EventMaskerOptions extends MaskerOptions {
  /** Default charsMaxDefault. */
  readonly charsMax?: number;
}

/**
 * Masks the parts of an event. What is longer than `charsMax` is omitted as a whole: half of a record is none, and rules for its fields would not be found.
 *
 * **Guarantee**: the same string where there is nothing to mask; everything else stays byte for byte, but for lines in nginx's escaping, which become
 * JSON where something in them was masked. Lines and fields never throw; linear in the length of the text.
 */
export class EventMasker {
  readonly #masker: Masker;
  readonly #recordFields: RecordFields;
  readonly #charsMax: number;

  constructor(options: EventMaskerOptions) {
    this.#charsMax = options.charsMax ?? charsMaxDefault;
    this.#masker = createMasker(options);
    this.#recordFields = new RecordFields(this.#masker);
  }

  /** Whether a line, or the JSON of fields, is too long to be masked. */
  isTooLong(text: string): boolean {
    return text.length > this.#charsMax;
  }

  /** A line of whatever form: a record of a gateway, the original's seven fields, any other JSON or text. */
  line(text: string): string {
    if (this.isTooLong(text)) return `(omitted: ${text.length} characters, of which masking takes ${this.#charsMax})`;
    return maskEscaped(text, (plain) => this.#plainLine(plain)) ?? this.#plainLine(text);
  }

  /** What stands around the line, as JSON text of an object. */
  fieldsJson(json: string): string {
    if (json === "") return json;
    if (this.isTooLong(json)) return JSON.stringify({ tags: [omittedTag] });
    const masked = this.#masker.text(json, new Redactions(), "fields");
    return masked === json ? json : withNumbersOf(json, masked);
  }

  /** The values of an object, such as a record's; numbers, true and false stay what they are. **Errors**: Error for one of more than `levelsMax` levels. */
  object<T extends object>(object: T): T {
    if (isTooDeep(object)) throw new Error(`there are more than ${levelsMax} levels in it`);
    const json = JSON.stringify(object);
    const masked = this.#plainLine(json);
    if (masked === json) return object;
    const value: unknown = JSON.parse(masked);
    if (!isPlainObject(value)) return object;
    for (const [key, before] of Object.entries(object) as [string, unknown][]) {
      if (typeof before === "number" || typeof before === "boolean") value[key] = before;
    }
    return value as T;
  }

  #plainLine(text: string): string {
    const masked = this.#masker.text(text, new Redactions(), "message");
    return this.#recordFields.mask(masked);
  }
}

function withNumbersOf(json: string, masked: string): string {
  const [before, after] = [parse(json), parse(masked)];
  if (before === undefined || after === undefined) return masked;
  const changed = transportNumbers.filter((path) => typeof valueAt(before, path) === "number" && typeof valueAt(after, path) === "string");
  for (const path of changed) (valueAt(after, path.slice(0, -1)) as Fields)[path.at(-1) as string] = valueAt(before, path);
  return changed.length === 0 ? masked : JSON.stringify(after);
}

function parse(json: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function valueAt(root: Fields, path: readonly string[]): unknown {
  let value: unknown = root;
  for (const key of path) value = isPlainObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}
