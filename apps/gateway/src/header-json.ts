import { detached, type Masker, type Redactions } from "@gatelog/masking";
import { headerName } from "./header-names.ts";
import { readable } from "./request-line.ts";

/** Names, and values of each, that are remembered. A name with more values (ids, dates) is not remembered any more. */
const namesMax = 512;
const valuesMax = 64;
const valueCharsMax = 256;

interface KnownName {
  readonly lower: string;
  readonly isKept: boolean;
  /** Path of its values among what was masked. */
  readonly path: string;
  /** `"name":"value"` by value as received, of values that needed no masking. */
  values: Map<string, string> | undefined;
  /** The call that it was last seen in. */
  seenIn: number;
}

/**
 * Headers as a JSON object by lower-case name, masked. Values of a repeated header are joined, as RFC 9110 allows.
 *
 * **Shape**: `{"host":"a","accept":"text/html"}`
 */
export class HeaderJson {
  readonly #masker: Masker;
  readonly #path: string;
  readonly #kept: ReadonlySet<string> | undefined;
  readonly #names = new Map<string, KnownName>();
  #calls = 0;

  /** @param kept names that are recorded; `*` is all */
  constructor(masker: Masker, path: string, kept: readonly string[]) {
    this.#masker = masker;
    this.#path = path;
    this.#kept = kept.includes("*") ? undefined : new Set(kept.map((name) => name.toLowerCase()));
  }

  /** @param raw names and values in turn, one character a byte */
  of(raw: readonly string[], redactions: Redactions): string {
    // Only between calls, or a repetition would be missed.
    if (this.#names.size >= namesMax) this.#names.clear();
    const call = ++this.#calls;
    let json = "{";
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = this.#name(raw[index] ?? "");
      if (!name.isKept) continue;
      if (name.seenIn === call) return this.#merged(raw, redactions);
      name.seenIn = call;
      const pair = this.#pair(name, raw[index + 1] ?? "", redactions);
      if (pair !== "") json += json.length > 1 ? `,${pair}` : pair;
    }
    return `${json}}`;
  }

  /** Where a header is repeated: the slow way. */
  #merged(raw: readonly string[], redactions: Redactions): string {
    // Without a prototype, so that a header named __proto__ is only a header.
    const headers = Object.create(null) as Record<string, string>;
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = this.#name(raw[index] ?? "");
      if (!name.isKept) continue;
      const value = this.#masker.header(name.lower, readable(raw[index + 1] ?? ""), redactions, name.path);
      if (value === undefined) continue;
      const before = headers[name.lower];
      headers[name.lower] = before === undefined || before === value ? value : `${before}, ${value}`;
    }
    return JSON.stringify(headers);
  }

  /** `"name":"value"`; "" where masking removes the header. */
  #pair(name: KnownName, latin1: string, redactions: Redactions): string {
    const known = name.values?.get(latin1);
    if (known !== undefined) return known;
    const text = readable(latin1);
    const value = this.#masker.header(name.lower, text, redactions, name.path);
    if (value === undefined) return "";
    const pair = `${JSON.stringify(name.lower)}:${JSON.stringify(value)}`;
    if (name.values !== undefined && value === text && latin1.length <= valueCharsMax) {
      if (name.values.size < valuesMax) name.values.set(detached(latin1), detached(pair));
      else name.values = undefined;
    }
    return pair;
  }

  #name(received: string): KnownName {
    const known = this.#names.get(received);
    if (known !== undefined) return known;
    const { lower } = headerName(received);
    // Spellings of one name share what is known of it, or a repetition would be missed.
    const name = this.#names.get(lower) ?? {
      lower,
      isKept: this.#kept?.has(lower) !== false,
      path: `${this.#path}.${lower}`,
      values: new Map<string, string>(),
      seenIn: 0,
    };
    this.#names.set(lower, name);
    this.#names.set(received, name);
    return name;
  }
}
